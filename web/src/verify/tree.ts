// The Merkle tree of RFC 6962. A log of ten years asks for a hundred thousand hashes of 65 bytes:
// WebCrypto takes far longer to be called than to hash so little, so it hashes whole documents only.

import { sha256 as hashed } from '@noble/hashes/sha2.js';

export type Hash = Uint8Array<ArrayBuffer>;

export async function sha256(...parts: Uint8Array[]): Promise<Hash> {
  let length = 0;
  for (const part of parts) length += part.length;
  const joined = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return new Uint8Array(await crypto.subtle.digest('SHA-256', joined));
}

const LEAF = Uint8Array.of(0);
const NODE = Uint8Array.of(1);

export function leafHash(bytes: Uint8Array): Hash {
  return hashed.create().update(LEAF).update(bytes).digest() as Hash;
}

function join(left: Hash, right: Hash): Hash {
  return hashed.create().update(NODE).update(left).update(right).digest() as Hash;
}

export class Tree {
  /** Those over several leaves, by where they begin and end: roots and proofs need the same few. */
  private readonly known = new Map<number, Hash>();

  constructor(private readonly leaves: Hash[]) {}

  get size(): number {
    return this.leaves.length;
  }

  /** The root over the first `size` leaves. */
  root(size: number): Hash {
    return size === 0 ? (hashed(new Uint8Array()) as Hash) : this.over(0, size);
  }

  private over(start: number, end: number): Hash {
    if (end - start === 1) return this.leaves[start] as Hash;
    const name = start * 2 ** 26 + end;
    let hash = this.known.get(name);
    if (!hash) {
      const middle = divide(start, end);
      hash = join(this.over(start, middle), this.over(middle, end));
      this.known.set(name, hash);
    }
    return hash;
  }

  /** From the leaf up to the root over all leaves. */
  inclusion(index: number): Hash[] {
    const proof: Hash[] = [];
    let [start, end] = [0, this.size];
    while (end - start > 1) {
      const middle = divide(start, end);
      const isLeft = index < middle;
      proof.unshift(isLeft ? this.over(middle, end) : this.over(start, middle));
      [start, end] = isLeft ? [start, middle] : [middle, end];
    }
    return proof;
  }

  /** That the first `size` leaves begin with the first `old`. */
  consistency(old: number, size: number): Hash[] {
    const proof: Hash[] = [];
    let [start, end] = [0, size];
    while (end !== old) {
      const middle = divide(start, end);
      const isLeft = old <= middle;
      proof.unshift(isLeft ? this.over(middle, end) : this.over(start, middle));
      [start, end] = isLeft ? [start, middle] : [middle, end];
    }
    if (start > 0) proof.unshift(this.over(start, end));
    return proof;
  }
}

function divide(start: number, end: number): number {
  let width = 1;
  while (width * 2 < end - start) width *= 2;
  return start + width;
}
