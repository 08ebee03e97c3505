/** Every page, as every visitor sees it: it is there, readable by all, and its browser has nothing to complain about. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  axeViolations,
  horizontalOverflow,
  launchBrowser,
  openPage,
  screenshot,
  startQuietline,
  VIEWS,
} from './support.mjs';

/** `:line` stands for the first line the centre publishes. */
const PATHS = [
  '/',
  '/?after=16:00&before=19:00',
  '/?purpose=pay',
  '/line/:line',
  '/history',
  '/method',
  '/data',
  '/verify',
  '/events',
  '/performance',
  '/performance?period=month',
  '/performance?period=month&line=billing',
  '/embed/now',
];

let quietline;
let browser;
let line;

before(async () => {
  quietline = await startQuietline();
  browser = await launchBrowser();
  const now = await (await fetch(`${quietline.url}/api/v1/now`)).json();
  line = now.lines[0].id;
});

after(async () => {
  await browser?.close();
  await quietline?.stop();
});

for (const path of PATHS) {
  describe(path, () => {
    for (const view of VIEWS) {
      test(view.name, async () => {
        const url = quietline.url + path.replace(':line', encodeURIComponent(line));
        const { page, response, problems, close } = await openPage(browser, url, view);
        try {
          await screenshot(page, `page ${path} ${view.name}`);
          assert.equal(response.status(), 200);
          assert.equal(await page.locator('h1').count(), 1, 'one h1');
          assert.ok(await page.locator('h1').isVisible(), 'the h1 can be seen');
          assert.equal(await horizontalOverflow(page), 0, 'nobody scrolls sideways');
          assert.deepEqual(await axeViolations(page), []);
          assert.deepEqual(problems, []);
        } finally {
          await close();
        }
      });
    }
  });
}
