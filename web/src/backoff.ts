/** The longest wait before a first reconnection; it doubles with every further failure. */
const FIRST_MS = 1_000;
/** No visitor waits longer than this for a server that is back. */
const LONGEST_MS = 30_000;

/**
 * How long to wait before reconnecting for the `attempt`-th time (0 is the first), in milliseconds.
 *
 * Full jitter: anything from zero to the doubled limit, so that many visitors who lost the same
 * server do not come back in the same second. `random` is a number in [0, 1).
 */
export function backoffMs(attempt: number, random: number): number {
  return Math.floor(random * Math.min(LONGEST_MS, FIRST_MS * 2 ** attempt));
}
