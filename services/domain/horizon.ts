/**
 * The horizon H (design §3): one retention constant for markers of decided requests, late answers,
 * rewinding and readers' deduplication. Beyond it the promises stop, in words.
 */

export const HORIZON_MS = 60_000

/** What lies beyond the horizon is looked for so often, not at every record: nothing waits for its room. */
export const FORGET_EVERY_MS = 1000

/**
 * A decision appended more than H/2 after it was made sat in a stalled process: it is void for every
 * reader. Both times are broker times in milliseconds.
 */
export function isVoid(decidedAt: number, appendedAt: number): boolean {
  return appendedAt - decidedAt > HORIZON_MS / 2
}
