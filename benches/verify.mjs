/**
 * How long the page's own verifier takes in Chromium for a whole record in a folder, without the way
 * of the files to it: `node benches/verify.mjs /tmp/ten`, after `npm ci` in web and tests/browser.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import path from 'node:path';

const HERE = import.meta.dirname;
const WEB = createRequire(path.join(HERE, '../web/package.json'));
const { build } = await import(WEB.resolve('vite'));
const { launchBrowser } = await import('../tests/browser/support.mjs');

const folder = process.argv[2];
const TURNS = 3;

/** Every file after the others: the length of its name, its name, its length, its bytes. */
function packed() {
  const parts = [];
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = path.join(entry.parentPath, entry.name);
    const [name, bytes] = [Buffer.from(path.relative(folder, file)), readFileSync(file)];
    const lengths = Buffer.alloc(8);
    lengths.writeUInt32BE(name.length, 0);
    lengths.writeUInt32BE(bytes.length, 4);
    parts.push(lengths, name, bytes);
  }
  return Buffer.concat(parts);
}

async function bundled() {
  const out = await build({
    configFile: false,
    logLevel: 'warn',
    build: {
      write: false,
      lib: { entry: path.join(HERE, '../web/src/verify/check.ts'), formats: ['es'] },
    },
  });
  return [out].flat()[0].output[0].code;
}

const [record, code] = [packed(), await bundled()];
const kinds = { '/check.js': ['text/javascript', code], '/record': ['application/octet-stream', record] };
const server = createServer((request, response) => {
  const [kind, body] = kinds[request.url] ?? ['text/html', '<!doctype html><title>Verify</title>'];
  response.writeHead(200, { 'content-type': kind }).end(body);
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const browser = await launchBrowser();
const page = await browser.newPage();
await page.goto(`http://127.0.0.1:${server.address().port}/`);
for (let turn = 0; turn < TURNS; turn += 1) {
  const told = await page.evaluate(async () => {
    const { check } = await import('/check.js');
    const bytes = new Uint8Array(await (await fetch('/record')).arrayBuffer());
    const view = new DataView(bytes.buffer);
    const files = new Map();
    for (let at = 0; at < bytes.length; ) {
      const [name, length] = [view.getUint32(at), view.getUint32(at + 4)];
      const start = at + 8 + name;
      files.set(new TextDecoder().decode(bytes.subarray(at + 8, start)), bytes.slice(start, start + length));
      at = start + length;
    }
    const start = performance.now();
    const { faults, counts } = await check(files);
    return { ms: Math.round(performance.now() - start), faults: faults.length, ...counts };
  });
  console.log(JSON.stringify(told));
}
await browser.close();
server.close();
