/** The desk as staff sees it: signing in, entering an event, and what everybody reads of it. */
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

let quietline;
let browser;
let password;

before(async () => {
  quietline = await startQuietline();
  browser = await launchBrowser();
  // Said in the same breath as the address.
  await fetch(`${quietline.url}/healthz`);
  password = /password (\S+)/.exec(quietline.said())?.[1];
  assert.ok(password, quietline.said());
});

after(async () => {
  await browser?.close();
  await quietline?.stop();
});

async function isSound(page, name) {
  await screenshot(page, `desk ${name}`);
  assert.equal(await page.locator('h1').count(), 1, 'one h1');
  assert.equal(await horizontalOverflow(page), 0, `nobody scrolls sideways: ${name}`);
  assert.deepEqual(await axeViolations(page), [], name);
}

async function signIn(page, secret) {
  await page.getByLabel('Name').fill('demo');
  await page.getByLabel('Password').fill(secret);
  await page.getByRole('button', { name: 'Next' }).click();
  await page.getByRole('button', { name: 'Next' }).waitFor({ state: 'detached' });
}

/** What a `datetime-local` field holds, so many days from now. */
function local(days) {
  return new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 16);
}

for (const view of VIEWS) {
  describe(view.name, () => {
    test('an event is entered, read by everybody and cancelled', async () => {
      const title = `Letters, ${view.name}`;
      const { page, problems, close } = await openPage(browser, `${quietline.url}/desk?lang=en`, view);
      try {
        await isSound(page, `sign in ${view.name}`);
        await signIn(page, password);
        await isSound(page, `home ${view.name}`);
        await page.getByRole('link', { name: 'Enter an event' }).click();
        await isSound(page, `form ${view.name}`);
        await page.getByLabel('Kind').selectOption('campaign');
        await page.getByLabel('planned', { exact: true }).check();
        await page.getByLabel('Public title (English)').fill(title);
        await page.getByLabel('Public title (Français)').fill(title);
        await page.getByLabel('Start').fill(local(3));
        await page.getByLabel('End').fill(local(2));
        assert.deepEqual(problems, []);
        await page.getByRole('button', { name: 'Enter' }).click();
        assert.match(await page.getByRole('alert').innerText(), /must lie after the start/);
        await isSound(page, `fault ${view.name}`);
        await page.getByLabel('End').fill(local(4));
        await page.getByRole('button', { name: 'Enter' }).click();
        await page.goto(`${quietline.url}/events?lang=en`);
        await page.getByRole('heading', { name: title }).waitFor();
        await page.goto(`${quietline.url}/desk?lang=en`);
        await page.getByRole('link', { name: `Change: ${title}` }).click();
        await isSound(page, `change ${view.name}`);
        await page.getByRole('button', { name: 'Cancel this event' }).click();
        await page.getByText('event cancelled').first().waitFor();
        await page.getByRole('button', { name: 'Sign out' }).click();
        await page.getByLabel('Password').waitFor();
      } finally {
        await close();
      }
    });
  });
}
