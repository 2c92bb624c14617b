/**
 * Seeded randomness for the simulated world: the same seed gives the same callers, calls and
 * jitter on every machine. Not for secrets.
 */

export interface Random {
  /** From 0 (in) to 1 (out). */
  next(): number
  /** A whole number from `low` to `high`, both in. */
  between(low: number, high: number): number
  /** True in this share (0 to 1) of the calls. */
  chance(share: number): boolean
  /** One of `items`; throws RangeError when there is none. */
  pick<T>(items: readonly T[]): T
  /** One of `items` by weight, which need not add up to 1. */
  weighted<T>(items: readonly (readonly [weight: number, item: T])[]): T
  /** A stream of its own, so that drawing from one does not move another. */
  fork(name: string): Random
}

/** Turns a text into a 32-bit seed (FNV-1a). */
function seedOf(text: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  }
  return hash >>> 0
}

/** The generator known as mulberry32: 32 bits of state, good enough for a simulated world. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000
  }
  const pick = <T>(items: readonly T[]): T => {
    const item = items[Math.floor(next() * items.length)]
    if (item === undefined) throw new RangeError('Nothing to pick from.')
    return item
  }
  return {
    next,
    between: (low, high) => low + Math.floor(next() * (high - low + 1)),
    chance: (share) => next() < share,
    pick,
    weighted(items) {
      let rest = next() * items.reduce((sum, [weight]) => sum + weight, 0)
      for (const [weight, item] of items) {
        rest -= weight
        if (rest < 0) return item
      }
      return pick(items)[1]
    },
    fork: (name) => createRandom(seedOf(`${seed} ${name}`)),
  }
}
