/**
 * How long a visitor's machine takes with /history: `node benches/phone.mjs URL [TURNS]`.
 *
 * Prints, beside the same figures of a page of plain text of the same server and browser (`/now.txt`):
 * what the first view brings and when its chart can be used on a cheap phone (processor four times
 * slower, 1.6 Mbit/s, 150 ms), how long a change of range takes with the figures at hand, and how
 * fast frames follow each other while 35,000 points are zoomed on a machine that is not slowed down.
 */
import { createRequire } from 'node:module';

const require = createRequire(new URL('../tests/browser/package.json', import.meta.url));
const { chromium } = require('playwright-core');

const PHONE = { width: 360, height: 640 };
const DESK = { width: 1280, height: 800 };
const CHART = '.u-over';
const [base = 'http://127.0.0.1:8080', turns = '5'] = process.argv.slice(2);

const middle = (values) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)];
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox'],
});

async function open(viewport, isSlow) {
  const context = await browser.newContext({ viewport });
  const page = await context.newPage();
  const session = await context.newCDPSession(page);
  await session.send('Network.enable');
  if (isSlow) {
    await session.send('Emulation.setCPUThrottlingRate', { rate: 4 });
    const bytes = { downloadThroughput: 1_600_000 / 8, uploadThroughput: 750_000 / 8 };
    await session.send('Network.emulateNetworkConditions', { offline: false, latency: 150, ...bytes });
  }
  let bytes = 0;
  session.on('Network.loadingFinished', (event) => {
    bytes += event.encodedDataLength;
  });
  return { context, page, session, bytes: () => bytes };
}

/**
 * Milliseconds from the start of each navigation to the first paint and to the chart, nothing cached.
 * One page for all turns: a new window makes the browser load surfaces of its own, which take the
 * same processor, and a visitor's browser is running before the page is asked for.
 */
async function firstViews(path, chart) {
  const { context, page, session, bytes } = await open(PHONE, true);
  await page.addInitScript((selector) => {
    const look = () => {
      if (document.querySelector(selector)) window.usable = performance.now();
      else requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  }, chart);
  const views = [];
  for (let turn = 0; turn <= Number(turns); turn += 1) {
    await page.goto('about:blank');
    await page.waitForTimeout(2_000);
    await session.send('Network.clearBrowserCache');
    const before = bytes();
    await page.goto(base + path, { waitUntil: 'load' });
    await page.waitForFunction(() => window.usable);
    const times = await page.evaluate(() => ({
      paint: performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? Number.NaN,
      usable: window.usable,
    }));
    views.push({ ...times, bytes: bytes() - before });
  }
  await context.close();
  // In the first turn the window is still being made.
  return views.slice(1);
}

/** Milliseconds from the press of a range to the second frame after the address has changed. */
async function changeOfRange() {
  const { context, page } = await open(PHONE, true);
  await page.goto(`${base}/history?range=1m`, { waitUntil: 'load' });
  await page.waitForSelector(CHART);
  const press = (range) =>
    page.evaluate((wanted) => {
      const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
      const link = document.querySelector(`a[href*="range=${wanted}"], button[value="${wanted}"]`);
      if (!link) throw new Error(`no way to choose ${wanted}`);
      return (async () => {
        const start = performance.now();
        link.click();
        while (!location.search.includes(`range=${wanted}`)) await frame();
        await frame();
        await frame();
        return performance.now() - start;
      })();
    }, range);
  await press('3m');
  await press('1w');
  const took = [];
  for (const range of ['3m', '1w', '3m', '1w', '3m', '1w']) took.push(await press(range));
  await context.close();
  return took;
}

/** Milliseconds between frames while the wheel turns over a year of intervals. */
async function zooming() {
  const { context, page } = await open(DESK, false);
  const day = new Date(Date.now() - 86_400_000);
  const year = new Date(day.getTime() - 364 * 86_400_000);
  const iso = (date) => date.toISOString().slice(0, 10);
  const query = `grain=interval&kind=line&from=${iso(year)}&until=${iso(day)}`;
  await page.goto(`${base}/history?${query}`, { waitUntil: 'load' });
  await page.waitForSelector(CHART);
  const frames = await page.evaluate(async (selector) => {
    const over = document.querySelector(selector);
    const { left, top, width, height } = over.getBoundingClientRect();
    const [clientX, clientY] = [left + width * 0.6, top + height / 2];
    const times = [];
    for (let turn = 0; turn < 120; turn += 1) {
      const deltaY = turn % 40 < 20 ? -60 : 60;
      over.dispatchEvent(new WheelEvent('wheel', { deltaY, clientX, clientY, bubbles: true, cancelable: true }));
      times.push(await new Promise((resolve) => requestAnimationFrame(resolve)));
    }
    return times.slice(1).map((time, index) => time - times[index]);
  }, CHART);
  const points = await page.evaluate(
    () => JSON.parse(document.querySelector('script[type="application/json"]').textContent).series.columns.value.length,
  );
  await context.close();
  return { frames, points };
}

try {
  const own = await firstViews('/history', CHART);
  const text = await firstViews('/now.txt', 'pre');
  const of = (list, what) => Math.round(middle(list.map((one) => one[what])));
  console.log(`cheap phone, ${turns} turns, medians:`);
  for (const [name, list] of [['/history', own], ['/now.txt', text]]) {
    const [paint, usable] = [of(list, 'paint'), of(list, 'usable')];
    console.log(`  ${name}: first paint ${paint} ms, usable ${usable} ms, ${of(list, 'bytes')} bytes`);
  }
  console.log(`  a change of range: ${(await changeOfRange()).map(Math.round).join(' ')} ms`);
  const { frames, points } = await zooming();
  const late = frames.filter((frame) => frame > 20).length;
  console.log(`zooming ${points} points: median ${middle(frames).toFixed(1)} ms a frame, ${late} of ${frames.length} above 20 ms`);
} finally {
  await browser.close();
}
