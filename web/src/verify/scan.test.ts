import { expect, test } from 'vitest';
import { scanned } from './scan';
import { canonical, type Json } from './text';

const bytes = (text: string) => new TextEncoder().encode(text);

/** By the long way: read, write again, compare. */
function isCanonical(text: Uint8Array): boolean {
  try {
    const own = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(text);
    return canonical(JSON.parse(own) as Json) === own;
  } catch {
    return false;
  }
}

const RIGHT = [
  '{"a":[1,null,true,false,"é\\n\\u001f\\"\\\\"],"b":{},"c":[],"day":"2026-11-22","z":-9007199254740991}',
  '{"":0,"\\n":1,"A":2,"a":3,"a!":4,"ab":5,"é":6,"😀":7,"\uffff":8}',
  '"x"',
  '0',
];

test('what is written in its one way is told from what is not', () => {
  for (const text of RIGHT) expect(scanned(bytes(text)), text).toBeDefined();
  expect(scanned(bytes(RIGHT[0] as string))?.get('day')).toBe('2026-11-22');
  for (const text of [
    '{"b":1,"a":2}',
    '{"a":1,"a":2}',
    '{"a!":1,"a":2}',
    '{"\uffff":1,"😀":2}',
    '{"a":1,}',
    '[1,]',
    '[1 ,2]',
    '01',
    '-0',
    '1.0',
    '1e3',
    '9007199254740992',
    '"\\/"',
    '"\\u000a"',
    '"\\u001F"',
    '"\\ud800"',
    '"\t"',
    'tru',
    '{}{}',
    '',
  ]) {
    expect(scanned(bytes(text)), text).toBeUndefined();
  }
  expect(scanned(Uint8Array.of(34, 255, 34))).toBeUndefined();
  expect(scanned(bytes('['.repeat(1_000_000)))).toBeUndefined();
});

test('any one byte that is changed is judged as by reading and writing again', () => {
  let right = 0;
  for (const own of RIGHT.map(bytes)) {
    for (let at = 0; at < own.length; at += 1) {
      for (let byte = 0; byte < 256; byte += 1) {
        const changed = own.slice();
        changed[at] = byte;
        const expected = isCanonical(changed);
        if (expected) right += 1;
        expect(scanned(changed) !== undefined, new TextDecoder().decode(changed)).toBe(expected);
      }
    }
  }
  expect(right).toBeGreaterThan(1_000);
});
