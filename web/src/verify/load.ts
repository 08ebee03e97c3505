// Reads the record of a site: leaves in bundles, the rest file by file, a few at a time.

import { documentPath, type Files, isHead, isHeld, leafPath } from './check';
import { isMembers, parsed } from './text';

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
  const paths = new Set<string>();
  await eachOf(bundles, async (bundle) => {
    const bytes = await ask(`log/bundles/${bundle}.ndjson`);
    for (const [at, leaf] of lines(bytes ?? new Uint8Array()).entries()) {
      const number = bundle * BUNDLE + at;
      if (number >= head.size) break;
      files.set(leafPath(number), leaf);
      wanted(number, leaf, paths);
    }
  });
  const sizes = sizesOf(files.get('log/heads.json'));
  for (const [at, size] of sizes.entries()) {
    const old = sizes[at - 1];
    if (old !== undefined) paths.add(`log/proofs/consistency/${old}-${size}.json`);
  }
  await eachOf([...paths], take);
  return files;
}

function wanted(number: number, leaf: Uint8Array, paths: Set<string>): void {
  const told = parsed(leaf);
  if (!isMembers(told)) return;
  if (isHeld(String(told.kind))) paths.add(`log/proofs/inclusion/${number}.json`);
  if (isMembers(told.documents)) {
    for (const hash of Object.values(told.documents)) paths.add(documentPath(String(hash)));
  }
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
