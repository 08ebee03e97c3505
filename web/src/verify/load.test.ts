import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { expect, test } from 'vitest';
import { check, inclusionPath, isHeld, leafPath } from './check';
import { lines, load } from './load';

const FOLDER = join(import.meta.dirname, '../../../tests/fixtures/record');

const bundled = (paths: string[]) =>
  new Uint8Array(
    Buffer.concat(paths.flatMap((path) => [readFileSync(join(FOLDER, path)), Buffer.from('\n')])),
  );

/** A site that serves the fixture, its leaves, their texts and the proofs of some in one bundle each. */
async function site(path: string): Promise<Uint8Array | undefined> {
  const all = Array.from({ length: 13 }, (_, at) => at);
  if (path === 'log/bundles/0.ndjson') return bundled(all.map(leafPath));
  if (path === 'log/bundles/0-documents.ndjson') {
    return bundled(readdirSync(join(FOLDER, 'log/documents')).map((name) => `log/documents/${name}`));
  }
  if (path === 'log/bundles/0-proofs.ndjson') {
    const isKept = (at: number) => isHeld(JSON.parse(readFileSync(join(FOLDER, leafPath(at)), 'utf8')).kind);
    return bundled(all.filter(isKept).map(inclusionPath));
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
  expect(all.filter((path) => !files.has(path)).every((path) => path.includes('/proofs/'))).toBe(true);
});

test('a site that leaves something out is found', async () => {
  for (const missing of [
    'log/bundles/0.ndjson',
    'log/bundles/0-documents.ndjson',
    'log/bundles/0-proofs.ndjson',
    'log/heads.json',
    '.well-known/quietline-keys.json',
  ]) {
    const files = await load((path) => (path === missing ? Promise.resolve(undefined) : site(path)));
    expect((await check(files, { someProofs: true })).faults.length, missing).toBeGreaterThan(0);
  }
});

test('lines are cut at their ends, and what has no end is no line', () => {
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  expect(lines(new TextEncoder().encode('{}\n[]\nx')).map(text)).toEqual(['{}', '[]']);
});
