/** The history as a visitor uses it: by mouse, by finger, by keyboard, with a script and without. */
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

const desk = { viewport: { width: 1280, height: 900 }, theme: 'light', script: true };
const phone = { viewport: { width: 360, height: 740 }, theme: 'dark', script: true };

let quietline;
let browser;
/** The newest day of the data, and a stretch of four weeks before it. */
let stretch;

before(async () => {
  quietline = await startQuietline();
  browser = await launchBrowser();
  const page = await (await fetch(`${quietline.url}/history`)).text();
  const last = Date.parse(/"last_day":"([\d-]+)"/.exec(page)[1]);
  const day = (ago) => new Date(last - ago * 86_400_000).toISOString().slice(0, 10);
  stretch = `from=${day(34)}&until=${day(7)}`;
});

after(async () => {
  await browser?.close();
  await quietline?.stop();
});

/** Opens the history and waits until the chart can be used. */
async function visit(query, look, view = desk) {
  const visited = await openPage(browser, `${quietline.url}/history?${query}`, view);
  const { page } = visited;
  try {
    if (view.script) await page.locator('.u-over').first().waitFor();
    const result = await look(visited);
    assert.deepEqual(visited.problems, []);
    return result;
  } finally {
    await visited.close();
  }
}

const query = (page) => new URL(page.url()).searchParams;
const days = (page) => [query(page).get('from'), query(page).get('until')];
const said = (page) => page.locator('.plot [aria-live]').textContent();

/** Waits until the address says something else, and until the words below have followed. */
async function changed(page, act) {
  const old = page.url();
  const words = page.waitForResponse((response) => new URL(response.url()).pathname === '/history');
  await act();
  await page.waitForURL((url) => url.href !== old);
  await words;
}

async function plot(page) {
  const { x, y, width, height } = await page.locator('.u-over').first().boundingBox();
  return { at: (across) => [x + width * across, y + height / 2], width };
}

describe('the history with every part in use', () => {
  for (const view of VIEWS) {
    test(view.name, () =>
      visit(
        `${stretch}&measure=wait_median&compare=before&overlay=mean7,band`,
        async ({ page }) => {
          await screenshot(page, `history ${view.name}`);
          assert.equal(await horizontalOverflow(page), 0, 'nobody scrolls sideways');
          assert.deepEqual(await axeViolations(page), []);
          const picture = page.locator('#chart svg:visible').first();
          if (view.script) assert.ok(await page.locator('.u-over').first().isVisible());
          else assert.ok(await picture.isVisible(), 'the picture of the server');
        },
        view,
      ),
    );
  }
});

describe('the keyboard on the chart', () => {
  test('moves from point to point, and each is announced', () =>
    visit(`${stretch}&measure=attempts`, async ({ page }) => {
      await page.locator('.panes').focus();
      await page.keyboard.press('Home');
      await page.waitForFunction(() => document.querySelector('.plot [aria-live]').textContent !== '');
      const first = await said(page);
      await page.keyboard.press('ArrowRight');
      await page.waitForFunction(
        (old) => document.querySelector('.plot [aria-live]').textContent !== old,
        first,
      );
      assert.match(await said(page), /\d{4}: [\d,]+.contacts/);
      assert.ok(await page.locator('.details-box').isVisible());
      await page.keyboard.press('Escape');
      assert.ok(!(await page.locator('.details-box').isVisible()));
    }));

  test('leaps by a week with Page Up and Page Down', () =>
    visit(`${stretch}&measure=attempts`, async ({ page }) => {
      await page.locator('.panes').focus();
      const when = async (key) => {
        await page.keyboard.press(key);
        return Date.parse((await page.locator('.details-box .when').textContent()).slice(4));
      };
      const first = await when('Home');
      assert.equal(((await when('PageDown')) - first) / 86_400_000, 7);
      assert.equal((await when('PageUp')) - first, 0);
    }));

  test('zooms, and the address follows', () =>
    visit(`${stretch}&measure=attempts`, async ({ page }) => {
      await page.locator('.panes').focus();
      const [from] = days(page);
      await changed(page, () => page.keyboard.press('+'));
      assert.ok(days(page)[0] > from);
    }));
});

describe('the brush', () => {
  test('is moved by keys, which changes the address', () =>
    visit(`${stretch}&measure=attempts`, async ({ page }) => {
      const [from, until] = days(page);
      const handle = page.getByRole('slider').first();
      await handle.focus();
      const before = await handle.getAttribute('aria-valuetext');
      await changed(page, async () => {
        await page.keyboard.press('ArrowRight');
        await page.keyboard.press('ArrowRight');
      });
      assert.notEqual(await handle.getAttribute('aria-valuetext'), before);
      assert.equal((Date.parse(days(page)[0]) - Date.parse(from)) / 86_400_000, 2);
      assert.equal(days(page)[1], until);
    }));

  test('has handles for fingers', () =>
    visit(
      stretch,
      async ({ page }) => {
        for (const handle of await page.getByRole('slider').all()) {
          const { width, height } = await handle.boundingBox();
          assert.ok(width >= 44 && height >= 44, `${width} × ${height}`);
        }
      },
      phone,
    ));
});

describe('the mouse', () => {
  test('chooses a stretch by dragging; a double click leads back', () =>
    visit('range=3m', async ({ page }) => {
      const start = page.url();
      const { at } = await plot(page);
      await changed(page, async () => {
        await page.mouse.move(...at(0.3));
        await page.mouse.down();
        await page.mouse.move(...at(0.4));
        await page.mouse.move(...at(0.6));
        await page.mouse.up();
      });
      assert.ok(days(page)[0] && days(page)[1]);
      await changed(page, () => page.mouse.dblclick(...at(0.5)));
      assert.equal(page.url(), start);
    }));

  test('zooms by the wheel, and the back button undoes it', () =>
    visit('range=3m', async ({ page }) => {
      const start = page.url();
      const { at } = await plot(page);
      await page.mouse.move(...at(0.5));
      await changed(page, () => page.mouse.wheel(0, -400));
      assert.ok(days(page)[0]);
      await changed(page, () => page.goBack());
      assert.equal(page.url(), start);
      assert.equal(await page.locator('.ranges [aria-current]').textContent(), '3Mthree months');
    }));

  test('shows details beside the crosshair without moving the page', () =>
    visit(`${stretch}&measure=wait_median&compare=before`, async ({ page }) => {
      const height = () => page.evaluate(() => document.documentElement.scrollHeight);
      const before = await height();
      const { at, width } = await plot(page);
      for (const across of [0.02, 0.3, 0.7, 0.98]) {
        await page.mouse.move(...at(across));
        const box = await page.locator('.details-box').boundingBox();
        const [x] = at(across);
        assert.ok(x < box.x || x > box.x + box.width, `the box covers ${across * width}`);
      }
      assert.equal(await height(), before);
    }));
});

describe('changing the view', () => {
  test('needs no new page, and all of it follows', () =>
    visit(`range=1m&measure=attempts`, async ({ page }) => {
      await page.evaluate(() => {
        globalThis.stayed = true;
      });
      await changed(page, () => page.selectOption('select[name=measure]', 'service_level'));
      await changed(page, () => page.click('.ranges a:has-text("6M")'));
      assert.equal(query(page).get('measure'), 'service_level');
      assert.equal(query(page).get('range'), '6m');
      await page.waitForFunction(() => /Service level/.test(document.querySelector('.head h2').textContent));
      const csv = await page.locator('#downloads a').first().getAttribute('href');
      assert.match(csv, /measure=service_level/);
      assert.equal(await page.evaluate(() => globalThis.stayed), true);
      assert.equal(await page.locator('.is-volume canvas').count(), 1, 'the volume below a share');
    }));

  test('shows the same numbers in the table as in the download', () =>
    visit(`${stretch}&measure=attempts`, async ({ page }) => {
      await page.locator('.values summary').click();
      const rows = await page.locator('.values tbody tr').all();
      const cells = await Promise.all(rows.map((row) => row.locator('td').first().textContent()));
      const address = await page.locator('#downloads a').first().getAttribute('href');
      const csv = await (await fetch(new URL(address, page.url()))).text();
      const values = csv
        .trim()
        .split('\n')
        .slice(1)
        .map((line) => line.split(',')[1]);
      assert.equal(rows.length, values.length);
      const numbers = cells.map((cell) => cell.replaceAll(',', '').replace(/\D.*/, ''));
      assert.deepEqual(numbers, values);
    }));
});

describe('what a first view weighs', () => {
  test('at most 100 kB compressed, of which 45 kB are scripts', () =>
    visit(
      'measure=wait_median',
      async ({ page }) => {
        const sizes = await page.evaluate(() =>
          [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]
            .filter(({ initiatorType }) => initiatorType !== 'fetch')
            .map(({ name, encodedBodySize }) => ({ name, size: encodedBodySize })),
        );
        const sum = (all) => all.reduce((total, { size }) => total + size, 0);
        const scripts = sizes.filter(({ name }) => name.endsWith('.js'));
        assert.ok(sum(scripts) > 0 && sum(scripts) <= 45_000, `scripts: ${sum(scripts)} bytes`);
        assert.ok(sum(sizes) <= 100_000, `all: ${sum(sizes)} bytes`);
      },
      phone,
    ));
});
