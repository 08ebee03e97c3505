/** When to call, for whom it is not the plain question: with limits, with a purpose, in a frame of others. */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, before, describe, test } from 'node:test';
import { launchBrowser, openPage, screenshot, startQuietline, VIEWS } from './support.mjs';

const PHONE = VIEWS.filter((view) => view.viewport.width < 500 && view.theme === 'light');
const [LIVE] = PHONE.filter((view) => view.script);
const [STILL] = PHONE.filter((view) => !view.script);

let quietline;
let browser;

before(async () => {
  quietline = await startQuietline();
  browser = await launchBrowser();
});

after(async () => {
  await browser?.close();
  await quietline?.stop();
});

describe('the first view', () => {
  for (const view of PHONE) {
    test(view.name, async () => {
      const { page, close } = await openPage(browser, quietline.url, view);
      try {
        // All at once: a frame may come in between and put new parts in place of these.
        const parts = ['.verdict', '.limits summary', '.trust', '.purposes'];
        const places = await page.evaluate(
          (parts) => parts.map((part) => document.querySelector(part).getBoundingClientRect()),
          parts,
        );
        const [trust, purposes] = places.slice(2);
        for (const [at, box] of places.slice(0, 3).entries()) {
          assert.ok(box.height > 0 && box.bottom <= 640, `${parts[at]} is seen without scrolling`);
        }
        assert.ok(purposes.y >= trust.y, 'what it is about comes right under it');
      } finally {
        await close();
      }
    });
  }
});

describe('limits', () => {
  test('are set and taken back without JavaScript', async () => {
    const { page, close } = await openPage(browser, `${quietline.url}/?lang=en`, STILL);
    try {
      await page.locator('.limits summary').click();
      await page.locator('input[name=after]').fill('03:00');
      await page.locator('input[name=before]').fill('23:30');
      await page.locator('.limits button').click();
      await page.waitForURL(/after=03%3A00&before=23%3A30/);
      const summary = page.locator('.limits summary');
      assert.equal(await summary.textContent(), 'I can only call between 3:00 and 23:30');
      assert.equal(await page.locator('html').getAttribute('lang'), 'en');
      await summary.click();
      await page.locator('.limits .clear').click();
      await page.waitForURL((url) => !url.search.includes('after'));
      assert.equal(await summary.textContent(), 'I can only call …');
    } finally {
      await close();
    }
  });

  test('that are being typed stay while the page around them is kept fresh', async () => {
    const { page, problems, close } = await openPage(browser, quietline.url, LIVE);
    try {
      await page.locator('.limits summary').click();
      await page.locator('input[name=after]').fill('16:00');
      const shown = await page.locator('.trust time').textContent();
      await page.waitForFunction(
        (old) => globalThis.document.querySelector('.trust time')?.textContent !== old,
        shown,
      );
      assert.equal(await page.locator('input[name=after]').inputValue(), '16:00');
      assert.ok(await page.locator('.limits button').isVisible(), 'and open');
      assert.deepEqual(problems, []);
    } finally {
      await close();
    }
  });
});

describe('the frame on a page of others', () => {
  let others;
  before(async () => {
    others = createServer((_, answer) => {
      const frame = (width, height) =>
        `<iframe title="Wait" src="${quietline.url}/embed/now?lang=fr" width="${width}" height="${height}"></iframe>`;
      answer.setHeader('content-type', 'text/html');
      answer.end(`<!doctype html><title>Others</title>${frame(300, 150)}${frame('100%', 150)}`);
    });
    await new Promise((listening) => others.listen(0, '127.0.0.1', listening));
  });
  after(() => new Promise((closed) => others.close(closed)));

  for (const view of PHONE) {
    test(`shows everything in 300 × 150, ${view.name}`, async () => {
      const url = `http://127.0.0.1:${others.address().port}/`;
      const { page, close } = await openPage(browser, url, view);
      try {
        await screenshot(page, `frame ${view.name}`);
        const frames = page.frames().slice(1);
        assert.equal(frames.length, 2);
        for (const frame of frames) {
          const overflow = await frame.evaluate(() => {
            const { scrollWidth, clientWidth, scrollHeight, clientHeight } =
              globalThis.document.documentElement;
            return [scrollWidth - clientWidth, scrollHeight - clientHeight];
          });
          assert.deepEqual(overflow, [0, 0], 'nobody scrolls in it');
          assert.ok(await frame.locator('h1').isVisible());
        }
      } finally {
        await close();
      }
    });
  }
});
