/**
 * What the network and the brokers do to their clients, drawn anew for every request. A calm one is
 * below; the simulator brings worse.
 */

/** What became of one produce request. */
export interface ProduceFate {
  readonly appended: boolean
  /** False: the client hears nothing and tries again, also when the records were appended. */
  readonly acknowledged: boolean
  /** How long after sending the client notices that it will not be answered. */
  readonly noticedAfterMs: number
}

export interface Weather {
  /** One way between a client and a broker. */
  latencyMs(broker: number): number
  /** From the moment records are there until a client's fetch brings them. */
  fetchMs(broker: number): number
  /** At most so many records come with one fetch; at least 1. */
  fetchRecords(): number
  produce(broker: number): ProduceFate
  /** Whether a question (offsets, commits) stays without an answer. */
  loses(): boolean
}

/** A draw from [0, 1). */
export type Random = () => number

/** A healthy cluster: a few milliseconds, nothing is lost. */
export function calm(random: Random): Weather {
  return {
    latencyMs: () => 0.3 + random() * 2,
    fetchMs: () => 0.5 + random() * 5,
    fetchRecords: () => 1 + Math.floor(random() * 50),
    produce: () => ({ appended: true, acknowledged: true, noticedAfterMs: 0 }),
    loses: () => false,
  }
}

/** A small seeded generator (mulberry32): the same seed, the same draws, on every machine. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = state
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
