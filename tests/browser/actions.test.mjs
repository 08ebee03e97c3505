/** Actions as everybody reads them and as an officer registers one. */
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
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

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const STEP_MS = 30_000;

let quietline;
let browser;
let password;
let secret;
/** Codes work once: the last step of time that was used. */
let usedStep = 0;

before(async () => {
  quietline = await startQuietline();
  browser = await launchBrowser();
  // Said in the same breath as the address.
  await fetch(`${quietline.url}/healthz`);
  password = /password (\S+)/.exec(quietline.said())?.[1];
  secret = /second factor (\S+)/.exec(quietline.said())?.[1];
  assert.ok(password && secret, quietline.said());
});

after(async () => {
  await browser?.close();
  await quietline?.stop();
});

/** The code of the next step of time that was not used, as an authenticator app computes it. */
function nextCode() {
  const step = Math.max(Math.floor(Date.now() / STEP_MS), usedStep + 1);
  usedStep = step;
  const bits = [...secret].map((letter) => LETTERS.indexOf(letter).toString(2).padStart(5, '0')).join('');
  const bytes = bits.match(/.{8}/g).map((byte) => Number.parseInt(byte, 2));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const digest = createHmac('sha1', Buffer.from(bytes)).update(counter).digest();
  const number = digest.readUInt32BE(digest.at(-1) & 15) & 0x7fffffff;
  return String(number % 1_000_000).padStart(6, '0');
}

/** A local day, so many days from now. */
function day(days) {
  return new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
}

async function isSound(page, name, problems) {
  await screenshot(page, `actions ${name}`);
  assert.equal(await page.locator('h1').count(), 1, 'one h1');
  assert.equal(await horizontalOverflow(page), 0, `nobody scrolls sideways: ${name}`);
  assert.deepEqual(await axeViolations(page), [], name);
  assert.deepEqual(problems, [], name);
}

for (const view of VIEWS) {
  describe(view.name, () => {
    test('the list, an action and an owner are sound', async () => {
      const address = `${quietline.url}/actions?lang=en`;
      const { page, problems, close } = await openPage(browser, address, view);
      try {
        await isSound(page, `list ${view.name}`, problems);
        const first = await page.locator('h2').first().innerText();
        assert.match(first, /^Overdue/);
        await page.getByRole('link', { name: 'A guide for technical help' }).click();
        await page.getByRole('heading', { name: 'Day by day' }).waitFor();
        await page.locator('details.values summary').click();
        await isSound(page, `one ${view.name}`, problems);
        await page.getByRole('link', { name: 'Head of technical help' }).click();
        await page.getByRole('heading', { name: 'Promises' }).waitFor();
        await isSound(page, `owner ${view.name}`, problems);
      } finally {
        await close();
      }
    });
  });
}

test('the planted improvement is found', async () => {
  const answer = await fetch(`${quietline.url}/api/v1/actions`);
  assert.equal(answer.status, 200);
  const { actions } = await answer.json();
  const guide = actions.find((own) => own.id.startsWith('guide-'));
  assert.equal(guide.verdict, 'improved', JSON.stringify(guide));
  assert.ok(guide.impact.high < 0);
  const { page, problems, close } = await openPage(
    browser,
    `${quietline.url}/actions/${guide.id}?lang=en`,
    VIEWS[0],
  );
  try {
    assert.match(await page.locator('main').innerText(), /Improved/);
    await isSound(page, 'found effect', problems);
  } finally {
    await close();
  }
  const withdrawn = actions.find((own) => own.state === 'withdrawn');
  assert.equal(withdrawn.verdict, null);
});

test('an officer registers an action, and a late start is refused with the remedy', async () => {
  const view = VIEWS.find((own) => !own.script && own.name.startsWith('phone'));
  const { page, problems, close } = await openPage(browser, `${quietline.url}/desk?lang=en`, view);
  try {
    await page.getByLabel('Name').fill('officer');
    await page.getByLabel('Password').fill(password);
    await page.getByRole('button', { name: 'Next' }).click();
    await page.getByLabel('Code of six digits').fill(nextCode());
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('link', { name: 'Register an action' }).click();
    await isSound(page, 'form', problems);
    await page.locator('#owner').fill('Head of tests');
    for (const code of ['en', 'fr']) {
      await page.locator(`[name="title.${code}"]`).fill('Shorter <b>menu</b>');
      await page.locator(`[name="description.${code}"]`).fill('Two questions instead of five.');
    }
    await page.locator('#measure').selectOption('abandonment');
    await page.locator('#line').selectOption('billing');
    await page.locator('#comparison').selectOption('moving');
    await page.getByLabel('It should fall').check();
    await page.locator('#size').fill('1.5');
    await page.locator('#start').fill(day(0));
    await page.locator('#due').fill(day(9));
    await page.locator('#verdict').fill(day(60));
    await page.getByRole('button', { name: 'Register for good' }).click();
    assert.match(await page.getByRole('alert').innerText(), /the first day that can be used is/);
    problems.length = 0;
    await isSound(page, 'fault', problems);
    await page.locator('#start').fill(day(3));
    await page.getByRole('button', { name: 'Register for good' }).click();
    await page.getByRole('link', { name: 'The public page' }).waitFor();
    await isSound(page, 'manage', problems);
    await page.getByRole('link', { name: 'The public page' }).click();
    assert.equal(await page.locator('h1').innerText(), 'Shorter <b>menu</b>');
  } finally {
    await close();
  }
});
