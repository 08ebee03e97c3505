// Whether bytes are JSON in its one canonical writing (RFC 8785, integers only), in one pass and
// without building the value: most of a record is read for nothing else.

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

const QUOTE = 0x22;
const COMMA = 0x2c;
const MINUS = 0x2d;
const ZERO = 0x30;
const NINE = 0x39;
const COLON = 0x3a;
const OPEN_LIST = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_LIST = 0x5d;
const OPEN = 0x7b;
const CLOSE = 0x7d;

/** Thrown where the writing is another. */
const OTHER = new Error('not canonical');

const WORDS = ['true', 'false', 'null'].map((word) => new TextEncoder().encode(word));

/** Control characters that have a letter of their own, by that letter: \b \t \n \f \r. */
const LETTERS = new Map([
  [0x62, 8],
  [0x74, 9],
  [0x6e, 10],
  [0x66, 12],
  [0x72, 13],
]);
const NAMED = new Set(LETTERS.values());

/** The texts that are members of the outermost object, by name; none where the bytes are not canonical. */
export function scanned(bytes: Uint8Array): Map<string, string> | undefined {
  try {
    const scan = new Scan(bytes);
    scan.value(0);
    return scan.at === bytes.length ? scan.texts : undefined;
  } catch {
    return undefined;
  }
}

class Scan {
  at = 0;
  readonly texts = new Map<string, string>();
  /** Whether the bytes are known to be UTF-8: asked at the first that is not ASCII. */
  private isUtf8 = false;

  constructor(private readonly bytes: Uint8Array) {}

  value(depth: number): void {
    const first = this.bytes[this.at];
    if (first === OPEN) this.members(depth);
    else if (first === OPEN_LIST) this.list(depth);
    else if (first === QUOTE) this.text();
    else if (first === MINUS || (first !== undefined && first >= ZERO && first <= NINE)) this.integer();
    else this.word();
  }

  private take(byte: number): void {
    if (this.bytes[this.at] !== byte) throw OTHER;
    this.at += 1;
  }

  private list(depth: number): void {
    this.take(OPEN_LIST);
    if (this.bytes[this.at] !== CLOSE_LIST) {
      this.value(depth + 1);
      while (this.bytes[this.at] === COMMA) {
        this.at += 1;
        this.value(depth + 1);
      }
    }
    this.take(CLOSE_LIST);
  }

  private members(depth: number): void {
    this.take(OPEN);
    let [before, beforeEnd] = [-1, -1];
    while (this.bytes[this.at] !== CLOSE) {
      if (before >= 0) this.take(COMMA);
      const name = this.at;
      this.text();
      const nameEnd = this.at;
      if (before >= 0 && !this.isBefore(before, beforeEnd, name, nameEnd)) throw OTHER;
      [before, beforeEnd] = [name, nameEnd];
      this.take(COLON);
      const start = this.at;
      this.value(depth + 1);
      if (depth === 0 && this.bytes[start] === QUOTE) {
        this.texts.set(this.read(name, nameEnd), this.read(start, this.at));
      }
    }
    this.at += 1;
  }

  /** Names are ordered by their UTF-16 code units, as the standard asks. */
  private isBefore(one: number, oneEnd: number, other: number, otherEnd: number): boolean {
    let [at, beside] = [one, other];
    while (at < oneEnd && this.bytes[at] === this.bytes[beside]) {
      at += 1;
      beside += 1;
    }
    const isPlain = (byte: number) => byte < 0x80 && byte !== BACKSLASH;
    const [left, right] = [this.bytes[at] ?? 0, this.bytes[beside] ?? 0];
    const isEnded = at === oneEnd - 1 || beside === otherEnd - 1;
    if (!isEnded && isPlain(left) && isPlain(right) && this.bytes[at - 1] !== BACKSLASH) return left < right;
    return this.read(one, oneEnd) < this.read(other, otherEnd);
  }

  /** The text between two quotes, these included. */
  private read(start: number, end: number): string {
    return JSON.parse(strict.decode(this.bytes.subarray(start, end)));
  }

  private text(): void {
    this.take(QUOTE);
    for (;;) {
      const byte = this.bytes[this.at];
      if (byte === undefined || byte < 0x20) throw OTHER;
      this.at += 1;
      if (byte === QUOTE) return;
      if (byte === BACKSLASH) this.escape();
      else if (byte >= 0x80 && !this.isUtf8) {
        strict.decode(this.bytes);
        this.isUtf8 = true;
      }
    }
  }

  /** Only what has to be escaped is, and in its shortest way. */
  private escape(): void {
    const letter = this.bytes[this.at];
    this.at += 1;
    if (letter === QUOTE || letter === BACKSLASH || (letter !== undefined && LETTERS.has(letter))) return;
    const digits = String.fromCharCode(...this.bytes.subarray(this.at, this.at + 4));
    const code = Number.parseInt(digits, 16);
    if (letter !== 0x75 || !/^00[01][0-9a-f]$/.test(digits) || NAMED.has(code)) throw OTHER;
    this.at += 4;
  }

  private integer(): void {
    const start = this.at;
    if (this.bytes[this.at] === MINUS) this.at += 1;
    const first = this.at;
    let byte = this.bytes[this.at];
    while (byte !== undefined && byte >= ZERO && byte <= NINE) {
      this.at += 1;
      byte = this.bytes[this.at];
    }
    const digits = this.at - first;
    const isZero = this.bytes[first] === ZERO;
    if (digits === 0 || (isZero && this.at - start > 1)) throw OTHER;
    if (digits > 15 && !Number.isSafeInteger(this.number(start))) throw OTHER;
  }

  private number(start: number): number {
    return Number(strict.decode(this.bytes.subarray(start, this.at)));
  }

  private word(): void {
    const word = WORDS.find((own) => own.every((byte, at) => this.bytes[this.at + at] === byte));
    if (!word) throw OTHER;
    this.at += word.length;
  }
}
