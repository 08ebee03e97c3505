/** The harness against pages whose faults are known: a check that finds nothing here finds nothing anywhere. */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, before, describe, test } from 'node:test';
import {
  axeViolations,
  horizontalOverflow,
  launchBrowser,
  openPage,
  screenshot,
  startServer,
  VIEWS,
} from './support.mjs';

const document = (body) =>
  `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>A page</title>
   <meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,">
   <style>:root { color-scheme: light dark }</style></head><body><main>${body}</main></body></html>`;

const PAGES = {
  '/good': '<h1>Good time to call</h1><p>Now <strong>2–5 min</strong>.</p>',
  '/pale': '<h1>Busy</h1><p style="color: #999; background: #fff">Hardly to be read</p>',
  '/small-targets':
    '<h1>Busy</h1><button style="all: unset; font-size: 8px">1</button><button style="all: unset; font-size: 8px">2</button>',
  '/wide': '<h1>Busy</h1><div style="width: 500px">A table too wide for a phone</div>',
  '/noisy':
    '<h1>Busy</h1><img src="/absent.png" alt="absent"><script>console.error("broken"); throw new Error("thrown")</script>',
  '/third-party': '<h1>Busy</h1><img src="http://localhost:1/pixel.png" alt="tracker">',
  '/scripted': '<h1>Busy</h1><script>document.querySelector("h1").textContent = "With a script"</script>',
};

const [phone, plain] = [VIEWS[0], VIEWS[1]];
let browser;
let server;
let origin;

before(async () => {
  browser = await launchBrowser();
  server = createServer((request, response) => {
    const body = PAGES[request.url];
    response.writeHead(body ? 200 : 404, { 'content-type': 'text/html' });
    response.end(document(body ?? '<h1>Not found</h1>'));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${server.address().port}`;
});

after(async () => {
  await browser?.close();
  server?.closeAllConnections();
  server?.close();
});

async function visit(path, view, look) {
  const visited = await openPage(browser, origin + path, view);
  try {
    return await look(visited);
  } finally {
    await visited.close();
  }
}

describe('the harness', () => {
  test('sees each page in eight ways', () => {
    assert.equal(new Set(VIEWS.map((view) => view.name)).size, 8);
    assert.equal(phone.script && !plain.script && phone.viewport.width, 360);
  });

  for (const view of VIEWS) {
    test(`finds no fault in a good page: ${view.name}`, () =>
      visit('/good', view, async ({ page, response, problems }) => {
        assert.equal(response.status(), 200);
        assert.deepEqual(await axeViolations(page), []);
        assert.equal(await horizontalOverflow(page), 0);
        assert.deepEqual(problems, []);
      }));
  }

  for (const view of [phone, plain]) {
    test(`finds a text too pale: ${view.name}`, () =>
      visit('/pale', view, async ({ page }) => {
        assert.match((await axeViolations(page)).join('\n'), /^color-contrast: p:/m);
      }));
  }

  test('finds targets too small, a rule axe leaves out by default', () =>
    visit('/small-targets', phone, async ({ page }) => {
      assert.match((await axeViolations(page)).join('\n'), /^target-size: /m);
    }));

  test('measures how far a page is too wide', () =>
    visit('/wide', phone, async ({ page }) => assert.ok((await horizontalOverflow(page)) >= 140)));

  test('collects console errors, exceptions and failing requests', () =>
    visit('/noisy', phone, ({ problems }) => {
      for (const expected of [/^console: broken$/, /^exception: thrown$/, /^response: 404 .*absent/]) {
        assert.ok(
          problems.some((problem) => expected.test(problem)),
          `${expected} in ${problems}`,
        );
      }
    }));

  test('reports a request to another origin', () =>
    visit('/third-party', phone, ({ problems }) =>
      assert.ok(problems.includes('third party: http://localhost:1/pixel.png'), problems.join('\n')),
    ));

  test('runs the scripts of a page or does not, as asked', async () => {
    const heading = ({ page }) => page.textContent('h1');
    assert.equal(await visit('/scripted', phone, heading), 'With a script');
    assert.equal(await visit('/scripted', plain, heading), 'Busy');
  });

  test('takes a picture', () =>
    visit('/good', phone, async ({ page }) => {
      assert.match(await screenshot(page, 'self test: /good'), /results\/self-test-good\.png$/);
    }));

  test('waits for a server to say where it listens, and stops it', async () => {
    const program = `
      const server = require('node:http').createServer((_, response) => response.end('here'));
      server.listen(0, '127.0.0.1', () => console.log('ready at http://127.0.0.1:' + server.address().port));`;
    const started = await startServer(process.execPath, ['-e', program]);
    assert.equal(await (await fetch(started.url)).text(), 'here');
    await started.stop();
    await assert.rejects(fetch(started.url));
  });

  test('repeats the last words of a server that does not start', () =>
    assert.rejects(
      startServer(process.execPath, ['-e', 'console.error("no such centre"); process.exit(2)']),
      {
        message: /ended with 2\n.*no such centre/,
      },
    ));
});
