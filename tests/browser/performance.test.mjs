/** The daily record: the page says what its JSON says, and every figure leads to its definition. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { launchBrowser, openPage, startQuietline, VIEWS } from './support.mjs';

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

// Days that are over and settled: they do not move while they are looked at.
const DAYS = (() => {
  const day = (back) => new Date(Date.now() - back * 86_400_000).toISOString().slice(0, 10);
  return `from=${day(12)}&to=${day(9)}&lang=en`;
})();

describe('/performance', () => {
  test('the page and its JSON agree', async () => {
    const answer = await fetch(`${quietline.url}/api/v1/performance?${DAYS}`);
    assert.equal(answer.status, 200);
    const record = await answer.json();
    const { page, close } = await openPage(browser, `${quietline.url}/performance?${DAYS}`, VIEWS[0]);
    const text = (selector) => page.locator(selector).first().innerText();
    const attempts = record.contacts.find((figure) => figure.measure === 'attempts');
    assert.ok(attempts.value > 0);
    const said = attempts.value.toLocaleString('en-GB');
    assert.ok((await text('.lead')).includes(said), `${said} in the first sentence`);
    for (const [index, figure] of record.service_levels.entries()) {
      const shown = await page.locator('.side .value').nth(index).innerText();
      assert.ok(shown.startsWith(`${figure.value.toFixed(1)}%`), `${shown} is ${figure.value}`);
    }
    const ten = record.ten_callers.ways.reduce((sum, way) => sum + way.of_ten, 0);
    assert.equal(ten, 10);
    assert.equal(await page.locator('.ten .person').count(), 10);
    assert.equal(record.conservation[0].state, 'adds_up');
    await close();
  });

  test('every figure leads to its definition', async () => {
    const { page, close } = await openPage(browser, `${quietline.url}/performance?${DAYS}`, VIEWS[0]);
    const links = await page
      .locator('main a[href*="/method"]')
      .evaluateAll((all) => all.map((link) => new URL(link.href).hash).filter(Boolean));
    assert.ok(links.length > 40, `${links.length} links`);
    const method = await (await fetch(`${quietline.url}/method`)).text();
    for (const hash of new Set(links)) {
      assert.ok(method.includes(`id="${hash.slice(1)}"`), hash);
    }
    await close();
  });

  test('every figure leads to its data, and every drawn number is in the JSON', async () => {
    const record = await (await fetch(`${quietline.url}/api/v1/performance?${DAYS}`)).json();
    const { page, close } = await openPage(browser, `${quietline.url}/performance?${DAYS}`, VIEWS[0]);
    const links = await page
      .locator('main .data a')
      .evaluateAll((all) => all.map((link) => link.getAttribute('href')));
    assert.ok(links.length > 80, `${links.length} links`);
    const kinds = ['attempts', 'wait_p90', 'csat', 'channel=email', 'cause='];
    for (const kind of kinds) {
      const own = links.filter((link) => link.includes(kind));
      assert.ok(own.length >= 2, kind);
      for (const link of own.slice(0, 2)) {
        const answer = await fetch(new URL(link, quietline.url));
        assert.equal(answer.status, 200, link);
      }
    }
    const attempts = record.contacts.find((figure) => figure.measure === 'attempts');
    const series = await (await fetch(new URL(attempts.data, quietline.url))).json();
    const sum = series.points.reduce((all, point) => all + point.value, 0);
    assert.equal(sum, attempts.value);
    const rows = await page.locator('#purposes details tbody tr').count();
    const [first] = record.charts.purposes.series;
    assert.equal(first.points.length, rows);
    assert.equal(record.charts.complaints_by_cause.series.length, record.complaints_by_cause.length);
    await close();
  });

  test('channels add up to everyone, or none of them is told', async () => {
    const { channels, contacts } = await (
      await fetch(`${quietline.url}/api/v1/performance?period=own&from=2026-01-01&to=2026-06-30`)
    ).json();
    const attempts = contacts.find((figure) => figure.measure === 'attempts');
    assert.deepEqual(
      channels.map((one) => one.channel),
      ['voice', 'chat', 'email'],
    );
    const sum = channels.reduce((all, one) => all + (one.value ?? one.at_least ?? 0), 0);
    const isTold = channels.every((one) => one.value !== null);
    assert.ok(isTold ? sum === attempts.value : sum <= attempts.value, `${sum}`);
  });

  test('both sides of the promise are the same size', async () => {
    const { page, close } = await openPage(browser, `${quietline.url}/performance?${DAYS}`, VIEWS[0]);
    const sizes = await page
      .locator('.side .value')
      .evaluateAll((all) => all.map((value) => getComputedStyle(value).fontSize));
    assert.equal(sizes.length, 2);
    assert.equal(sizes[0], sizes[1]);
    await close();
  });
});
