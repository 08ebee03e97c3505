// The Merkle tree of RFC 6962 with WebCrypto. Hashing is asynchronous there, so all subtrees that
// are needed are hashed beforehand, a row at a time, and roots and proofs are put together from them.

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

export function leafHash(bytes: Uint8Array): Promise<Hash> {
  return sha256(LEAF, bytes);
}

function join(left: Hash, right: Hash): Promise<Hash> {
  return sha256(NODE, left, right);
}

export class Tree {
  /** `rows[k][i]`: the hash over the leaves i × 2^k and the 2^k − 1 after it. */
  private constructor(private readonly rows: Hash[][]) {}

  /** Those over other stretches, by where they begin and end: most proofs need the same few. */
  private readonly parts = new Map<number, Promise<Hash>>();

  static async of(leaves: Hash[]): Promise<Tree> {
    const rows = [leaves];
    for (let row = leaves; row.length > 1; ) {
      const pairs: Promise<Hash>[] = [];
      for (let at = 0; at + 1 < row.length; at += 2) pairs.push(join(row[at] as Hash, row[at + 1] as Hash));
      row = await Promise.all(pairs);
      rows.push(row);
    }
    return new Tree(rows);
  }

  get size(): number {
    return this.rows[0]?.length ?? 0;
  }

  /** The root over the first `size` leaves: whole subtrees from the right to the left. */
  async root(size: number): Promise<Hash> {
    let hash: Hash | undefined;
    let end = size;
    for (let k = 0; end > 0; k += 1) {
      const width = 2 ** k;
      if (end % (2 * width) === 0) continue;
      end -= width;
      const own = this.rows[k]?.[end / width] as Hash;
      hash = hash ? await join(own, hash) : own;
    }
    return hash ?? sha256();
  }

  private async over(start: number, end: number): Promise<Hash> {
    const whole = this.rows[Math.log2(end - start)]?.[start / (end - start)];
    if (whole) return whole;
    const name = start * 2 ** 26 + end;
    let hash = this.parts.get(name);
    if (!hash) {
      const middle = divide(start, end);
      hash = Promise.all([this.over(start, middle), this.over(middle, end)]).then(([l, r]) => join(l, r));
      this.parts.set(name, hash);
    }
    return hash;
  }

  /** From the leaf up to the root over all leaves. */
  async inclusion(index: number): Promise<Hash[]> {
    const proof: Hash[] = [];
    let [start, end] = [0, this.size];
    while (end - start > 1) {
      const middle = divide(start, end);
      const isLeft = index < middle;
      proof.unshift(await (isLeft ? this.over(middle, end) : this.over(start, middle)));
      [start, end] = isLeft ? [start, middle] : [middle, end];
    }
    return proof;
  }

  /** That the first `size` leaves begin with the first `old`. */
  async consistency(old: number, size: number): Promise<Hash[]> {
    const proof: Hash[] = [];
    let [start, end] = [0, size];
    while (end !== old) {
      const middle = divide(start, end);
      const isLeft = old <= middle;
      proof.unshift(await (isLeft ? this.over(middle, end) : this.over(start, middle)));
      [start, end] = isLeft ? [start, middle] : [middle, end];
    }
    if (start > 0) proof.unshift(await this.over(start, end));
    return proof;
  }
}

function divide(start: number, end: number): number {
  let width = 1;
  while (width * 2 < end - start) width *= 2;
  return start + width;
}
