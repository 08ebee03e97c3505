// Checks a whole record from its files. Written from the description of the format; it shares
// nothing with the program that made the record.

import { checkDays } from './days';
import { scanned } from './scan';
import { isSigned } from './sign';
import {
  bytesOf,
  canonical,
  isInstant,
  isMembers,
  isSame,
  type Json,
  type Members,
  ofHex,
  parsed,
  toBase64,
  toHex,
} from './text';
import { type Hash, leafHash, sha256, Tree } from './tree';
import { checkWeeks } from './weeks';

export type Files = Map<string, Uint8Array>;

/** What can be wrong; the page has a sentence for each. */
export type Code =
  | 'missing'
  | 'altered'
  | 'unreadable'
  | 'twice'
  | 'key'
  | 'unsigned'
  | 'root'
  | 'proof'
  | 'order'
  | 'day'
  | 'week'
  | 'gap'
  | 'rewritten'
  | 'cut'
  | 'other'
  | 'extra';

export type Fault = { place: string; code: Code };
export type Counts = {
  leaves: number;
  heads: number;
  documents: number;
  editions: number;
  missed: number;
  days: number;
};
export type Head = { at: string; key: string; origin: string; root: string; signature: string; size: number };
export type Report = { faults: Fault[]; counts: Counts; head: Head | undefined };

export type Told = { number: number; kind: string; subject: string; version: number; members: Members };

export type Wishes = {
  /** A head that the reader kept. */
  kept?: Head;
  /** Proofs of editions and keys only, and of the newest head: of a site. The leaves tell the rest. */
  someProofs?: boolean;
  /** Without Ed25519 in the browser. */
  noSignatures?: boolean;
};

const KINDS = [
  'edition',
  'correction',
  'definition',
  'withdrawal',
  'missed_slot',
  'day_commitment',
  'day_opening',
  'key',
];

export class Look {
  readonly faults: Fault[] = [];
  readonly counts: Counts = { leaves: 0, heads: 0, documents: 0, editions: 0, missed: 0, days: 0 };
  readonly told: Told[] = [];
  private readonly seen = new Set<string>();

  constructor(
    readonly files: Files,
    readonly wishes: Wishes,
  ) {}

  fault(place: string, code: Code): void {
    this.faults.push({ place, code });
  }

  file(path: string): Uint8Array | undefined {
    this.seen.add(path);
    const found = this.files.get(path);
    if (!found) this.fault(path, 'missing');
    return found;
  }

  value(path: string): Json | undefined {
    const bytes = this.file(path);
    const value = bytes && parsed(bytes);
    if (bytes && value === undefined) this.fault(path, 'unreadable');
    return value;
  }

  private readonly known = new Map<string, Map<string, string> | undefined>();

  /** What a document says of itself, such as its week; none if it is missing or not canonical. */
  document(hash: string | undefined): Map<string, string> | undefined {
    const path = documentPath(hash ?? '');
    const bytes = this.files.get(path);
    if (bytes && !this.known.has(path)) this.known.set(path, scanned(bytes));
    return this.known.get(path);
  }

  mustBe(path: string, expected: Json, code: Code): void {
    const bytes = this.file(path);
    if (bytes && !isSame(bytes, bytesOf(canonical(expected) ?? ''))) this.fault(path, code);
  }

  of(...kinds: string[]): Told[] {
    return this.told.filter((own) => kinds.includes(own.kind));
  }

  tellExtra(): void {
    for (const path of this.files.keys()) if (!this.seen.has(path)) this.fault(path, 'extra');
  }
}

export const leafPath = (number: number): string => `log/leaves/${number}.json`;
export const documentPath = (hash: string): string => `log/documents/${hash}.json`;
export const inclusionPath = (number: number): string => `log/proofs/inclusion/${number}.json`;
export const consistencyPath = (old: number, size: number): string =>
  `log/proofs/consistency/${old}-${size}.json`;

/** Whether a leaf's proof is asked of a site. */
export function isHeld(kind: string): boolean {
  return ['edition', 'correction', 'missed_slot', 'key'].includes(kind);
}

export async function check(files: Files, wishes: Wishes = {}): Promise<Report> {
  const look = new Look(files, wishes);
  const tree = readLeaves(look);
  const keys = await checkKeys(look);
  // While other threads check signatures, this one reads documents.
  const [head] = await Promise.all([checkHeads(look, tree, keys), checkDocuments(look)]);
  if (head && wishes.kept) checkKept(look, tree, head, wishes.kept);
  await checkDays(look);
  checkWeeks(look);
  look.tellExtra();
  return { faults: look.faults, counts: look.counts, head };
}

function readLeaves(look: Look): Tree {
  const hashes: Hash[] = [];
  const names = new Set<string>();
  for (let number = 0; look.files.has(leafPath(number)); number += 1) {
    const path = leafPath(number);
    const bytes = look.file(path) as Uint8Array;
    hashes.push(leafHash(bytes));
    const told = read(number, parsed(bytes));
    if (!told) {
      look.fault(path, 'unreadable');
      continue;
    }
    const name = `${told.kind} ${told.version} ${told.subject}`;
    if (names.has(name)) look.fault(path, 'twice');
    names.add(name);
    look.told.push(told);
  }
  look.counts.leaves = hashes.length;
  return new Tree(hashes);
}

function read(number: number, value: Json | undefined): Told | undefined {
  if (!isMembers(value)) return undefined;
  const { kind, subject, version, at, documents } = value;
  if (typeof kind !== 'string' || !KINDS.includes(kind)) return undefined;
  if (typeof subject !== 'string' || subject === '') return undefined;
  if (typeof version !== 'number' || version < 1 || version >= 2 ** 32 || !isInstant(at)) return undefined;
  if (documents !== undefined) {
    if (!isMembers(documents)) return undefined;
    for (const hash of Object.values(documents)) if (!ofHex(hash, 32)) return undefined;
  }
  return { number, kind, subject, version, members: value };
}

export function documentOf(told: Told, name: string): string | undefined {
  const documents = told.members.documents;
  const hash = isMembers(documents) ? documents[name] : undefined;
  return typeof hash === 'string' ? hash : undefined;
}

type Key = { from: number; id: string; public: string };

async function checkKeys(look: Look): Promise<Key[]> {
  const keys: Key[] = [];
  for (const told of look.of('key')) {
    const key = await succeed(told, keys.at(-1), look.wishes.noSignatures === true);
    if (key) keys.push(key);
    else look.fault(leafPath(told.number), 'key');
  }
  if (keys[0]?.from !== 0) look.fault(leafPath(0), 'key');
  look.mustBe('.well-known/quietline-keys.json', { keys, origin: originOf(keys) }, 'key');
  return keys;
}

async function succeed(told: Told, before: Key | undefined, trusting: boolean): Promise<Key | undefined> {
  const { public: own, previous, at } = told.members;
  const bytes = ofHex(own, 32);
  if (!bytes || toHex(await sha256(bytes)) !== told.subject || told.version !== 1) return undefined;
  if (previous !== (before?.id ?? '')) return undefined;
  const text = `quietline-key\n${previous}\n${own}\n${at}\n`;
  if (!trusting) {
    if (!(await isSigned(own, text, told.members.signed_by_itself))) return undefined;
    if (before && !(await isSigned(before.public, text, told.members.signed_by_previous))) return undefined;
  }
  return { from: told.number, id: told.subject, public: toHex(bytes) };
}

function originOf(keys: Key[]): string {
  return keys[0] ? `quietline-log/${keys[0].id}` : '';
}

const HEADS = 'log/heads.json';

export function isHead(value: Json | undefined): value is Head & Members {
  if (!isMembers(value) || Object.keys(value).length !== 6) return false;
  const { at, key, origin, root, signature, size } = value;
  const isSized = typeof size === 'number' && size > 0 && typeof origin === 'string';
  return isSized && isInstant(at) && !!ofHex(key, 32) && !!ofHex(root, 32) && !!ofHex(signature, 64);
}

async function checkHeads(look: Look, tree: Tree, keys: Key[]): Promise<Head | undefined> {
  const listed = look.value(HEADS);
  const own = isMembers(listed) && Object.keys(listed).length === 1 ? listed.heads : undefined;
  const heads = (Array.isArray(own) ? own : []).filter(isHead);
  if (!Array.isArray(own) || heads.length !== own.length) look.fault(HEADS, 'unreadable');
  if (heads.some((head, at) => head.size <= (heads[at - 1]?.size ?? 0))) look.fault(HEADS, 'order');
  const trusting = look.wishes.noSignatures === true;
  const codes = await Promise.all(heads.map((head) => headFault(head, tree, keys, trusting)));
  for (const [at, code] of codes.entries()) if (code) look.fault(`${HEADS} (${heads[at]?.size})`, code);
  look.counts.heads = heads.length;
  const newest = heads.at(-1);
  if (!newest) {
    look.fault(HEADS, 'missing');
    return undefined;
  }
  look.mustBe('log/head.json', newest, 'altered');
  if (newest.size !== tree.size) look.fault('log/head.json', 'root');
  checkProofs(look, tree, heads, newest.size);
  return newest;
}

async function headFault(head: Head, tree: Tree, keys: Key[], trusting: boolean): Promise<Code | undefined> {
  const key = keys.filter((own) => own.from < head.size).at(-1);
  if (!key || head.key !== key.id || head.origin !== originOf(keys)) return 'key';
  const root = ofHex(head.root, 32);
  if (!root || head.size > tree.size || !isSame(tree.root(head.size), root)) return 'root';
  const text = `${head.origin}\n${head.size}\n${toBase64(root)}\n${head.key}\n${head.at}\n`;
  return trusting || (await isSigned(key.public, text, head.signature)) ? undefined : 'unsigned';
}

function checkProofs(look: Look, tree: Tree, heads: Head[], size: number): void {
  const held = new Set(look.told.filter((own) => isHeld(own.kind)).map((own) => own.number));
  for (let index = 0; index < Math.min(size, tree.size); index += 1) {
    if (look.wishes.someProofs && !held.has(index)) continue;
    const hashes = tree.inclusion(index).map(toHex);
    look.mustBe(inclusionPath(index), { hashes, index, size }, 'proof');
  }
  let old: number | undefined;
  for (const { size } of look.wishes.someProofs ? heads.slice(-2) : heads) {
    if (old !== undefined && old < size && size <= tree.size) {
      const hashes = tree.consistency(old, size).map(toHex);
      look.mustBe(consistencyPath(old, size), { hashes, new: size, old }, 'proof');
    }
    old = size;
  }
}

function checkKept(look: Look, tree: Tree, newest: Head, kept: Head): void {
  const place = `${kept.size}, ${kept.at}`;
  if (kept.origin !== newest.origin) look.fault(place, 'other');
  else if (kept.size > tree.size) look.fault(place, 'cut');
  else if (toHex(tree.root(kept.size)) !== kept.root) look.fault(place, 'rewritten');
}

async function checkDocuments(look: Look): Promise<void> {
  const named = new Set<string>();
  for (const { members } of look.told) {
    const documents = members.documents;
    if (isMembers(documents)) for (const hash of Object.values(documents)) named.add(String(hash));
  }
  const work = async (hash: string) => {
    const path = documentPath(hash);
    const bytes = look.file(path);
    if (!bytes) return;
    if (toHex(await sha256(bytes)) !== hash) look.fault(path, 'altered');
    else if (look.document(hash) === undefined) look.fault(path, 'unreadable');
  };
  await Promise.all([...named].map(work));
  look.counts.documents = named.size;
}
