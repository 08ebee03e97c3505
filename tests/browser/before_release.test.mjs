/** An officer signs from a phone before the edition is due: it waits, and the public is told who looked. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import {
  axeViolations,
  code,
  horizontalOverflow,
  launchBrowser,
  openPage,
  PROGRAM,
  REPOSITORY,
  screenshot,
  startServer,
  VIEWS,
} from './support.mjs';

const PHONE = VIEWS.find((view) => view.viewport.width === 360 && !view.script);
const PASSWORD = 'a pass phrase for tests';

let folder;
let quietline;
let browser;
let secret;

/** Editions are due on Sunday at 23:59, so a draft waits all week but for a few hours: somewhere else then. */
function zone() {
  const isOpen = (name) => {
    const now = new Intl.DateTimeFormat('en-GB', {
      timeZone: name,
      weekday: 'short',
      hour: 'numeric',
    }).formatToParts();
    const part = (type) => now.find((own) => own.type === type).value;
    const [day, hour] = [part('weekday'), Number(part('hour'))];
    return !(day === 'Mon' && hour < 5) && !(day === 'Sun' && hour >= 22);
  };
  return ['Europe/Paris', 'Pacific/Honolulu', 'Asia/Tokyo'].find(isOpen);
}

function describeCentre(file) {
  const small = readFileSync(path.join(REPOSITORY, 'tests/fixtures/small.toml'), 'utf8');
  // By the clock over there, which may show another day than ours.
  const there = zone();
  const daysOf = new Intl.DateTimeFormat('en-CA', { timeZone: there });
  const weekAgo = daysOf.format(Date.now() - 7 * 86_400_000);
  const releases = `
[releases]
weekday = "sunday"
time = "23:59"
since = ${weekAgo}
officers = { olive = { en = "Olive Fontaine, Director", fr = "Olive Fontaine, directrice" } }
`;
  writeFileSync(file, small.replace('Europe/Paris', there) + releases);
}

before(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'quietline-'));
  const centre = path.join(folder, 'centre.toml');
  describeCentre(centre);
  const where = ['--config', centre, '--data-dir', path.join(folder, 'data')];
  const made = execFileSync(
    PROGRAM,
    ['user', 'add', 'olive', '--role', 'officer', '--password-stdin', ...where],
    { input: `${PASSWORD}\n`, encoding: 'utf8' },
  );
  secret = /^[A-Z2-7]{32}$/m.exec(made)[0];
  quietline = await startServer(PROGRAM, ['serve', ...where, '--listen', '127.0.0.1:0']);
  browser = await launchBrowser();
});

after(async () => {
  await browser?.close();
  await quietline?.stop();
  if (folder) rmSync(folder, { recursive: true });
});

async function isSound(page, name) {
  await screenshot(page, `before release ${name}`);
  assert.equal(await horizontalOverflow(page), 0, `nobody scrolls sideways: ${name}`);
  assert.deepEqual(await axeViolations(page), [], name);
}

test('an edition that is signed before its second waits for it', async () => {
  const { page, problems, close } = await openPage(browser, `${quietline.url}/desk?lang=en`, PHONE);
  await page.getByLabel('Name').fill('olive');
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Next' }).click();
  await page.locator('input[name=code]').fill(code(secret));
  await page.locator('input[name=code] >> xpath=ancestor::form').getByRole('button').click();
  await page.goto(`${quietline.url}/desk/editions?lang=en`);
  await isSound(page, 'list');
  await page
    .getByRole('link', { name: /^Open: / })
    .first()
    .click();
  const week = /\d{4}-W\d\d/.exec(page.url())[0];
  await isSound(page, 'draft');
  await page.getByLabel('Your comment').fill('A quiet week.');
  const form = page.locator('form', { has: page.locator('#comment') });
  await form.locator('input[name=password]').fill(PASSWORD);
  // The code that signed in is spent; the next one is taken early.
  await form.locator('input[name=code]').fill(code(secret, 1));
  await page.getByRole('button', { name: 'Sign the edition' }).click();
  await isSound(page, 'signed list');
  const told = page.locator('li', { hasText: week });
  assert.match(await told.innerText(), /due[\s\S]*Signed by Olive Fontaine, Director/);
  await told.getByRole('link').click();
  assert.match(await page.locator('.preview').innerText(), /A quiet week\./);
  assert.equal(await page.locator('#comment').count(), 0, 'nobody signs twice');
  await isSound(page, 'signed draft');

  const { slots } = await (await fetch(`${quietline.url}/api/v1/editions`)).json();
  const slot = slots.find((own) => own.week === week);
  assert.deepEqual([slot.state, slot.versions], ['due', []], 'nobody sees it before its second');
  assert.equal((await fetch(`${quietline.url}/editions/${week}.json`)).status, 404);
  assert.deepEqual(problems, []);
  await close();
});
