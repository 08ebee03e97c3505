/**
 * What the browser tests share: starting the program, opening its pages the way different people
 * see them, and asking what is wrong with what they see. Nothing here knows any page of Quietline.
 *
 * Everything waits for a condition with a deadline; nothing sleeps.
 */
import { spawn } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { chromium } from 'playwright-core';

const require = createRequire(import.meta.url);
const axe = require('axe-core');

const HERE = import.meta.dirname;
export const REPOSITORY = path.resolve(HERE, '../..');
const RESULTS = path.join(HERE, 'results');

/** An unoptimised program that makes up two years of history on a busy machine needs a while. */
const START_DEADLINE_MS = 180_000;
/** After this long a program that was asked to stop is stopped. */
const STOP_DEADLINE_MS = 15_000;
/** How much of a program's last words a failure repeats. */
const LAST_LINES = 20;

const SIZES = { phone: { width: 360, height: 640 }, desktop: { width: 1280, height: 800 } };
const THEMES = ['light', 'dark'];

/** Every way a page must work: phone and desktop, light and dark, with JavaScript and without. */
export const VIEWS = Object.entries(SIZES).flatMap(([size, viewport]) =>
  THEMES.flatMap((theme) =>
    [true, false].map((script) => ({
      name: `${size}, ${theme}, ${script ? 'JavaScript' : 'no JavaScript'}`,
      viewport,
      theme,
      script,
    })),
  ),
);

const WCAG_2_2_AA = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

/** The program under test; `QUIETLINE_BIN` names another build of it. */
export const PROGRAM = process.env.QUIETLINE_BIN ?? path.join(REPOSITORY, 'target/debug/quietline');

/** Starts `quietline demo` on a free port. */
export function startQuietline(...more) {
  return startServer(PROGRAM, ['demo', '--listen', '127.0.0.1:0', ...more]);
}

/**
 * Starts a server and waits for the line in which it says where it listens.
 *
 * Returns `{ url, said, stop }`; `said()` is what it said last. Fails with the program's last words
 * when it ends, or says nothing, first.
 */
export async function startServer(program, args) {
  const child = spawn(program, args, { cwd: REPOSITORY, stdio: ['ignore', 'pipe', 'pipe'] });
  const lastWords = [];
  const ended = new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => resolve(`ended with ${signal ?? code}`));
  });
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  ended.then(() => process.off('exit', kill));

  const listening = new Promise((resolve) => {
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => {
        lastWords.push(line);
        lastWords.splice(0, lastWords.length - LAST_LINES);
        const address = /http:\/\/127\.0\.0\.1:[1-9]\d*/.exec(line);
        if (address && stream === child.stdout) resolve({ url: address[0] });
      });
    }
  });
  const failed = ended.then((why) => ({ why }));
  const first = await before(START_DEADLINE_MS, Promise.race([listening, failed]));
  if (!first?.url) {
    kill();
    const why = first?.why ?? `did not say where it listens within ${START_DEADLINE_MS / 1000} s`;
    throw new Error(`${program} ${args.join(' ')}: ${why}\n${lastWords.join('\n')}`);
  }
  return {
    url: first.url,
    said: () => lastWords.join('\n'),
    async stop() {
      child.kill('SIGTERM');
      if ((await before(STOP_DEADLINE_MS, ended)) === undefined) kill();
      await ended;
    },
  };
}

// Programs started here end with the tests, also when those are interrupted.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => process.exit(1));

/** What `promise` gives, or `undefined` when the deadline comes first. */
async function before(deadlineMs, promise) {
  let timer;
  const late = new Promise((resolve) => {
    timer = setTimeout(resolve, deadlineMs);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** The system's Chromium, in silence: it talks to nobody but the pages it is sent to. */
export function launchBrowser() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

/**
 * Opens `url` as seen in `view` and waits until it is loaded.
 *
 * Returns `{ page, response, problems, close }`; `problems` goes on collecting, in words, what a
 * visitor's browser complains about: console errors, failing requests, requests to other origins.
 */
export async function openPage(browser, url, view) {
  const context = await browser.newContext({
    viewport: view.viewport,
    colorScheme: view.theme,
    javaScriptEnabled: view.script,
    hasTouch: view.touch ?? false,
    // A picture taken, or a colour measured, half way through a transition proves nothing.
    reducedMotion: 'reduce',
  });
  const page = await context.newPage();
  const problems = watch(page, new URL(url).origin);
  const response = await page.goto(url, { waitUntil: 'load' });
  return { page, response, problems, close: () => context.close() };
}

function watch(page, origin) {
  const problems = [];
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => problems.push(`exception: ${error.message}`));
  page.on('request', (request) => {
    const url = new URL(request.url());
    if (url.origin !== origin && /^(https?|wss?):$/.test(url.protocol)) {
      problems.push(`third party: ${request.url()}`);
    }
  });
  page.on('requestfailed', (request) => {
    // A feed that the page itself closes is no failure.
    const why = request.failure()?.errorText;
    if (why !== 'net::ERR_ABORTED') problems.push(`request: ${request.url()} ${why}`);
  });
  page.on('response', (response) => {
    if (response.status() >= 400) problems.push(`response: ${response.status()} ${response.url()}`);
  });
  return problems;
}

/** What breaks WCAG 2.2 AA on the page, one line an element: rule, element, reason. */
export async function axeViolations(page) {
  await letTimersRun(page);
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(
    // `target-size` is a rule of WCAG 2.2 AA that axe leaves out unless asked.
    (tags) => globalThis.axe.run({ runOnly: tags, rules: { 'target-size': { enabled: true } } }),
    WCAG_2_2_AA,
  );
  return violations.flatMap(({ id, help, nodes }) =>
    nodes.map((node) => `${id}: ${node.target.join(' ')}: ${help}`),
  );
}

/**
 * Where a page was opened without JavaScript, axe could not run either: it needs timers. This turns
 * them on after the page is loaded; what the page itself brought has been passed over by then.
 */
async function letTimersRun(page) {
  const session = await page.context().newCDPSession(page);
  // A session can only take back what it has asked for itself, so it asks first.
  for (const value of [true, false]) await session.send('Emulation.setScriptExecutionDisabled', { value });
  await session.detach();
}

/** By how many pixels the page is wider than the window; 0 when nobody has to scroll sideways. */
export function horizontalOverflow(page) {
  return page.evaluate(() => {
    const { scrollWidth, clientWidth } = globalThis.document.documentElement;
    return Math.max(0, scrollWidth - clientWidth);
  });
}

/** Keeps a picture of the whole page in `results/`, for people to look at. */
export async function screenshot(page, name) {
  await mkdir(RESULTS, { recursive: true });
  const file = path.join(RESULTS, `${name.replace(/[^a-z0-9]+/gi, '-').replace(/^-|-$/g, '')}.png`);
  await page.screenshot({ path: file, fullPage: true });
  return file;
}

/** The code of the second factor (RFC 6238) for now, or for so many half minutes later. */
export function code(secret, later = 0) {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  const bits = [...secret].map((letter) => letters.indexOf(letter).toString(2).padStart(5, '0')).join('');
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => Number.parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + later));
  const hash = createHmac('sha1', key).update(counter).digest();
  const at = hash[19] & 15;
  return String((hash.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}
