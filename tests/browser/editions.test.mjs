/** The weekly edition: the list, the page, its print, the desk on a phone, and the check of the record. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  axeViolations,
  code,
  horizontalOverflow,
  launchBrowser,
  openPage,
  screenshot,
  startQuietline,
  VIEWS,
} from './support.mjs';

/** The past is written while the program already answers; then its editions come out. */
const PLANTED_WITHIN_MS = 400_000;

const PHONE = VIEWS.find((view) => view.viewport.width === 360 && view.script);
const WITHOUT_SCRIPT = VIEWS.find((view) => view.viewport.width === 360 && !view.script);
const DESKTOP = VIEWS.find((view) => view.viewport.width > 360 && view.script);

let quietline;
let browser;
let staff;
let slots;

const out = () => slots.filter((slot) => slot.versions.length > 0);
const first = (state) => out().find((slot) => slot.state === state);
const corrected = () => out().find((slot) => slot.versions.some((own) => own.kind === 'correction'));

before(
  async () => {
    quietline = await startQuietline();
    browser = await launchBrowser();
    staff = {
      password: /password (\S+)/.exec(quietline.said())?.[1],
      secret: /second factor (\S+)/.exec(quietline.said())?.[1],
    };
    const deadline = Date.now() + PLANTED_WITHIN_MS;
    while (Date.now() < deadline) {
      slots = (await (await fetch(`${quietline.url}/api/v1/editions`)).json()).slots;
      if (first('published') && first('not_signed') && first('signed_late') && corrected()) return;
      // The server answers once it has looked: this waits for it and not for a time.
      await fetch(`${quietline.url}/api/v1/log`);
    }
    assert.fail(`the editions of the past do not come out: ${JSON.stringify(slots.slice(0, 9))}`);
  },
  { timeout: PLANTED_WITHIN_MS + 200_000 },
);

after(async () => {
  await browser?.close();
  await quietline?.stop();
});

async function isSound(page, name) {
  await screenshot(page, `editions ${name}`);
  assert.equal(await page.locator('h1').count(), 1, 'one h1');
  assert.equal(await horizontalOverflow(page), 0, `nobody scrolls sideways: ${name}`);
  assert.deepEqual(await axeViolations(page), [], name);
}

for (const view of VIEWS) {
  test(`every page of editions, ${view.name}`, async () => {
    const paths = {
      list: '/editions',
      published: `/editions/${first('published').week}`,
      'not signed': `/editions/${first('not_signed').week}`,
      'signed late': `/editions/${first('signed_late').week}`,
      corrected: `/editions/${corrected().week}`,
      superseded: `/editions/${corrected().week}/v1`,
      verify: '/verify',
    };
    for (const [name, path] of Object.entries(paths)) {
      const { page, problems, close } = await openPage(browser, `${quietline.url}${path}?lang=en`, view);
      await isSound(page, `${name} ${view.name}`);
      assert.deepEqual(problems, [], name);
      await close();
    }
  });
}

describe('an edition', () => {
  test('says who signed, what was corrected and what superseded it', async () => {
    const says = async (path, parts) => {
      const page = await (await fetch(`${quietline.url}${path}?lang=en`)).text();
      for (const part of parts) assert.ok(page.includes(part), `${path}: ${part}`);
    };
    await says(`/editions/${first('published').week}`, ['Signed by Camille Roux', 'Sample data']);
    await says(`/editions/${first('not_signed').week}`, ['Not signed by Camille Roux']);
    await says(`/editions/${first('signed_late').week}`, ['days late']);
    await says(`/editions/${corrected().week}`, ['Corrected by', 'Size of the change']);
    await says(`/editions/${corrected().week}/v1`, ['A newer version has taken the place of this one']);
  });

  test('fills two sheets of paper, no more', async () => {
    for (const path of out().map((slot) => `/editions/${slot.week}?lang=en`)) {
      const { page, close } = await openPage(browser, `${quietline.url}${path}`, DESKTOP);
      const pdf = (await page.pdf({ format: 'A4' })).toString('latin1');
      assert.ok(pdf.match(/\/Type\s*\/Page\b/g).length <= 2, `${path} fits on two pages`);
      await close();
    }
  });

  test('names its address and its picture in full for those who share it', async () => {
    const week = first('published').week;
    const page = await (await fetch(`${quietline.url}/editions/${week}`)).text();
    const picture = /property="og:image" content="([^"]+)"/.exec(page)[1].replaceAll('&#38;', '&');
    assert.ok(picture.startsWith(`${quietline.url}/editions/${week}`), picture);
    const drawn = await fetch(picture);
    assert.equal(drawn.headers.get('content-type'), 'image/png');
    const feed = await (await fetch(`${quietline.url}/editions.atom`)).text();
    const links = [...feed.matchAll(/href="([^"]+)"/g)].map((link) => link[1]);
    assert.ok(links.length > 8 && links.every((link) => link.startsWith(quietline.url)), links[0]);
  });
});

describe('the record', () => {
  test('is checked with the keyboard alone, and nothing was changed', async () => {
    const { page, problems, close } = await openPage(browser, `${quietline.url}/verify?lang=en`, PHONE);
    const button = page.getByRole('button', { name: 'Check everything now' });
    const isFocused = () => button.evaluate((own) => own === globalThis.document.activeElement);
    for (let tabs = 0; tabs < 60 && !(await isFocused()); tabs++) await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    const verdict = page.locator('#verdict.is-sound, #verdict.is-wrong');
    await verdict.waitFor();
    assert.match(await verdict.innerText(), /^Nothing was changed\. \d+ leaves/);
    assert.deepEqual(problems, []);
    await isSound(page, 'verified');
    await close();
  });

  test('of which one byte was changed is found out', async () => {
    const { page, close } = await openPage(browser, `${quietline.url}/verify?lang=en`, DESKTOP);
    await page.route('**/log/bundles/0.ndjson', async (route) => {
      const text = await (await route.fetch()).text();
      const changed = text.replace(/"late_secs":0/, '"late_secs":1');
      assert.notEqual(changed, text);
      await route.fulfill({ body: changed, contentType: 'application/x-ndjson' });
    });
    await page.getByRole('button', { name: 'Check everything now' }).click();
    await page.locator('#verdict.is-wrong').waitFor();
    assert.match(await page.locator('#faults').innerText(), /leaves/);
    await isSound(page, 'altered');
    await close();
  });

  test('says without JavaScript how else it is checked', async () => {
    const { page, close } = await openPage(browser, `${quietline.url}/verify?lang=en`, WITHOUT_SCRIPT);
    const instead = page.locator('noscript p');
    assert.ok((await instead.innerText()).includes('quietline verify'));
    assert.ok(await instead.isVisible());
    assert.equal(await page.getByRole('button', { name: 'Check everything now' }).isVisible(), false);
    await close();
  });
});

describe('the officer', () => {
  test('reads the draft, comments and signs on a phone without JavaScript', async () => {
    const { page, problems, close } = await openPage(
      browser,
      `${quietline.url}/desk?lang=en`,
      WITHOUT_SCRIPT,
    );
    const next = () => page.getByRole('button', { name: 'Next' });
    await page.getByLabel('Name').fill('officer');
    await page.getByLabel('Password').fill(staff.password);
    await next().click();
    await page.locator('input[name=code]').fill(code(staff.secret));
    await page.locator('input[name=code] >> xpath=ancestor::form').getByRole('button').click();
    await page.goto(`${quietline.url}/desk/editions?lang=en`);
    await isSound(page, 'desk list');
    const open = first('not_signed').week;
    await page.getByRole('link', { name: `Open: ${open}` }).click();
    await isSound(page, 'desk draft');
    await page.getByLabel('Your comment').fill('We took {answered} calls, a record of 99,999.');
    await page.getByRole('button', { name: 'Show as readers will see it' }).click();
    assert.deepEqual(await page.locator('.preview mark').allInnerTexts(), ['record', '99,999']);
    await isSound(page, 'desk preview');
    await page.getByLabel('Your comment').fill('We took {answered} calls.');
    const form = page.locator('form', { has: page.locator('#comment') });
    await form.locator('input[name=password]').fill(staff.password);
    // The code that signed in is spent; the next one is taken early.
    await form.locator('input[name=code]').fill(code(staff.secret, 1));
    await page.getByRole('button', { name: 'Sign the edition' }).click();
    await page.goto(`${quietline.url}/editions/${open}?lang=en`);
    assert.ok((await page.locator('.signature').innerText()).includes('Signed by Camille Roux'));
    await isSound(page, 'signed now');
    assert.deepEqual(problems, []);
    await close();
  });
});
