import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { expect, test } from 'vitest';
import { check, leafPath } from './check';
import { lines, load } from './load';

const FOLDER = join(import.meta.dirname, '../../../tests/fixtures/record');

/** A site that serves the fixture, its leaves in one bundle. */
async function site(path: string): Promise<Uint8Array | undefined> {
  if (path === 'log/bundles/0.ndjson') {
    const leaves = Array.from({ length: 13 }, (_, at) => readFileSync(join(FOLDER, leafPath(at))));
    return new Uint8Array(Buffer.concat(leaves.flatMap((leaf) => [leaf, Buffer.from('\n')])));
  }
  try {
    return new Uint8Array(readFileSync(join(FOLDER, path)));
  } catch {
    return undefined;
  }
}

test('a site is read as the files it consists of, but for most proofs', async () => {
  const files = await load(site);
  const report = await check(files, { someProofs: true });
  expect(report.faults).toEqual([]);
  const all = readdirSync(FOLDER, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(FOLDER, join(entry.parentPath, entry.name)));
  expect(all.filter((path) => !files.has(path)).every((path) => path.includes('/inclusion/'))).toBe(true);
});

test('a site that leaves something out is found', async () => {
  for (const missing of ['log/bundles/0.ndjson', 'log/heads.json', '.well-known/quietline-keys.json']) {
    const files = await load((path) => (path === missing ? Promise.resolve(undefined) : site(path)));
    expect((await check(files, { someProofs: true })).faults.length, missing).toBeGreaterThan(0);
  }
});

test('lines are cut at their ends, and what has no end is no line', () => {
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  expect(lines(new TextEncoder().encode('{}\n[]\nx')).map(text)).toEqual(['{}', '[]']);
});
