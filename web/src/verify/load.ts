// Reads the record of a site: 256 leaves at once, with their texts and the proofs of editions.

import { consistencyPath, documentPath, type Files, inclusionPath, isHead, leafPath } from './check';
import { isMembers, parsed, toHex } from './text';
import { sha256 } from './tree';

const BUNDLE = 256;
const AT_ONCE = 12;

export type Ask = (path: string) => Promise<Uint8Array | undefined>;

/** The record as it stood under one head; a site that grows meanwhile is read again. */
export async function load(ask: Ask): Promise<Files> {
  let files = await loadOnce(ask);
  for (let again = 0; again < 2; again += 1) {
    const before = files.get('log/head.json');
    const now = await ask('log/head.json');
    if (before && now && before.length === now.length && before.every((own, at) => own === now[at])) break;
    files = await loadOnce(ask);
  }
  return files;
}

async function loadOnce(ask: Ask): Promise<Files> {
  const files: Files = new Map();
  const take = async (path: string) => {
    const bytes = await ask(path);
    if (bytes) files.set(path, bytes);
    return bytes;
  };
  const head = parsed((await take('log/head.json')) ?? new Uint8Array());
  await take('log/heads.json');
  await take('.well-known/quietline-keys.json');
  if (!isHead(head)) return files;
  const bundles = Array.from({ length: Math.ceil(head.size / BUNDLE) }, (_, at) => at);
  await eachOf(bundles, async (bundle) => {
    const of = async (name: string) =>
      lines((await ask(`log/bundles/${bundle}${name}.ndjson`)) ?? new Uint8Array());
    const [leaves, texts, proofs] = await Promise.all([of(''), of('-documents'), of('-proofs')]);
    for (const [at, leaf] of leaves.entries()) {
      if (bundle * BUNDLE + at < head.size) files.set(leafPath(bundle * BUNDLE + at), leaf);
    }
    for (const text of texts) files.set(documentPath(toHex(await sha256(text))), text);
    for (const proof of proofs) files.set(inclusionPath(indexOf(proof)), proof);
  });
  const [old, newest] = sizesOf(files.get('log/heads.json')).slice(-2);
  if (old !== undefined && newest !== undefined) await take(consistencyPath(old, newest));
  return files;
}

function indexOf(proof: Uint8Array): number {
  const told = parsed(proof);
  return isMembers(told) && typeof told.index === 'number' ? told.index : -1;
}

function sizesOf(bytes: Uint8Array | undefined): number[] {
  const listed = bytes && parsed(bytes);
  const heads = isMembers(listed) && Array.isArray(listed.heads) ? listed.heads : [];
  return heads.filter(isHead).map((head) => head.size);
}

export function lines(bytes: Uint8Array): Uint8Array[] {
  const found: Uint8Array[] = [];
  let start = 0;
  for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, start)) {
    found.push(bytes.slice(start, end));
    start = end + 1;
  }
  return found;
}

async function eachOf<T>(items: T[], work: (item: T) => Promise<unknown>): Promise<void> {
  const waiting = items.values();
  const worker = async () => {
    for (const item of waiting) await work(item);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}
