import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { expect, test } from 'vitest';
import { check, type Files, type Head } from './check';
import { dayNumber } from './days';
import { canCheckSignatures } from './sign';
import { canonical, type Json, parsed, toHex } from './text';
import { leafHash, Tree } from './tree';
import { weekNumber } from './weeks';

const FOLDER = join(import.meta.dirname, '../../../tests/fixtures/record');

function fixture(folder = FOLDER): Files {
  const files: Files = new Map();
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    files.set(relative(folder, path).replaceAll('\\', '/'), new Uint8Array(readFileSync(path)));
  }
  return files;
}

const bytes = (text: string) => new TextEncoder().encode(text);

test('the record that another program made holds, with its signatures', async () => {
  expect(await canCheckSignatures()).toBe(true);
  const report = await check(fixture());
  expect(report.faults).toEqual([]);
  expect(report.counts).toEqual({ leaves: 13, heads: 6, documents: 5, editions: 2, missed: 1, days: 2 });
});

test.skipIf(!process.env.QUIETLINE_RECORD)('the record that is measured holds', async () => {
  const files = fixture(process.env.QUIETLINE_RECORD);
  const start = performance.now();
  const report = await check(files);
  const ms = Math.round(performance.now() - start);
  process.stdout.write(`${report.counts.editions} editions checked in ${ms} ms\n`);
  expect(report.faults).toEqual([]);
});

test('roots and proofs are those of the published example', () => {
  const texts = [
    '',
    '00',
    '10',
    '2021',
    '3031',
    '40414243',
    '5051525354555657',
    '606162636465666768696a6b6c6d6e6f',
  ];
  const tree = new Tree(texts.map((text) => leafHash(new Uint8Array(Buffer.from(text, 'hex')))));
  expect(toHex(tree.root(3))).toBe('aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77');
  expect(toHex(tree.root(8))).toBe('5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328');
});

test('another spelling of the same value is not taken for it', () => {
  for (const text of [
    '{"a":1, "b":2}',
    '{"b":1,"a":2}',
    '{"a":1,"a":1}',
    '1.0',
    '-0',
    '1e2',
    '0.5',
    '"\\u0041"',
    ' 1',
  ]) {
    expect(parsed(bytes(text)), text).toBeUndefined();
  }
  expect(parsed(bytes('{"a":[1,null,"é"]}'))).toEqual({ a: [1, null, 'é'] });
  expect(parsed(Uint8Array.of(34, 255, 34))).toBeUndefined();
});

test('weeks and days are counted by the calendar', () => {
  expect((weekNumber('2027-W01') ?? 0) - (weekNumber('2026-W53') ?? 0)).toBe(1);
  expect(weekNumber('2026-W54')).toBeUndefined();
  expect(weekNumber('2027-W53')).toBeUndefined();
  expect((dayNumber('2028-03-01') ?? 0) - (dayNumber('2028-02-29') ?? 0)).toBe(1);
  expect(dayNumber('2027-02-29')).toBeUndefined();
});

test('every single bit that is changed in an edition is found', async () => {
  const files = fixture();
  const path = 'log/leaves/6.json';
  const leaf = files.get(path) as Uint8Array;
  expect(new TextDecoder().decode(leaf)).toContain('"kind":"edition"');
  for (let bit = 0; bit < leaf.length * 8; bit += 1) {
    const changed = leaf.slice();
    changed[bit >> 3] = (changed[bit >> 3] as number) ^ (1 << (bit & 7));
    files.set(path, changed);
    expect((await check(files, { noSignatures: true })).faults.length, `bit ${bit}`).toBeGreaterThan(0);
  }
}, 120_000);

/** Random numbers that are the same each time (mulberry32). */
function chance(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let own = Math.imul(state ^ (state >>> 15), 1 | state);
    own = (own + Math.imul(own ^ (own >>> 7), 61 | own)) ^ own;
    return ((own ^ (own >>> 14)) >>> 0) % below;
  };
}

/** Changes one thing; what it was. */
function mutate(files: Files, below: (below: number) => number): string {
  const paths = [...files.keys()].sort();
  const path = paths[below(paths.length)] as string;
  const own = files.get(path) as Uint8Array;
  const at = below(own.length);
  const other = paths[below(paths.length)] as string;
  switch (below(8)) {
    case 0: {
      const changed = own.slice();
      changed[at] = (changed[at] as number) ^ (1 << below(8));
      files.set(path, changed);
      return `flip ${path} ${at}`;
    }
    case 1:
      files.set(path, Uint8Array.of(...own.slice(0, at), below(256), ...own.slice(at)));
      return `insert ${path} ${at}`;
    case 2:
      files.set(path, Uint8Array.of(...own.slice(0, at), ...own.slice(at + 1)));
      return `delete ${path} ${at}`;
    case 3:
      files.set(path, own.slice(0, at));
      return `truncate ${path} ${at}`;
    case 4:
      files.delete(path);
      return `drop ${path}`;
    case 5:
      files.set(path, files.get(other) as Uint8Array);
      files.set(other, own);
      return `swap ${path} ${other}`;
    case 6:
      files.set(path, files.get(other) as Uint8Array);
      return `replay ${other} as ${path}`;
    default:
      files.set(`${path}${below(10)}`, own);
      return `add ${path}`;
  }
}

function isSameRecord(one: Files, other: Files): boolean {
  if (one.size !== other.size) return false;
  return [...one].every(
    ([path, own]) => Buffer.compare(own, other.get(path) ?? new Uint8Array()) === 0 && other.has(path),
  );
}

test('10,000 random changes of the record are found', async () => {
  const right = fixture();
  const below = chance(6);
  let [changed, missed] = [0, 0];
  const unseen: string[] = [];
  while (changed < 10_000) {
    const files = new Map(right);
    const what = mutate(files, below);
    if (isSameRecord(files, right)) {
      missed += 1;
      continue;
    }
    changed += 1;
    // Signatures are checked only where nothing else was found: the outcome is the same, sooner.
    const isFound =
      (await check(files, { noSignatures: true })).faults.length > 0 ||
      (await check(files)).faults.length > 0;
    if (!isFound) unseen.push(what);
  }
  expect(unseen).toEqual([]);
  expect(missed).toBeLessThan(1_000);
}, 600_000);

test('a reader who kept a head sees that history was rewritten, cut short or exchanged', async () => {
  const files = fixture();
  const heads = (parsed(files.get('log/heads.json') as Uint8Array) as { heads: Json[] })
    .heads as unknown as Head[];
  const kept = heads[2] as Head;
  expect((await check(files, { kept })).faults).toEqual([]);
  const told = async (changed: Partial<Head>) =>
    (await check(files, { kept: { ...kept, ...changed } })).faults[0]?.code;
  expect(await told({ root: '00'.repeat(32) })).toBe('rewritten');
  expect(await told({ size: 14 })).toBe('cut');
  expect(await told({ origin: 'quietline-log/x' })).toBe('other');
  expect(canonical({ ...kept })).toBe(canonical(kept as unknown as Json));
});
