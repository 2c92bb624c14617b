/**
 * The recovery gate (design §4.6): nothing is published for a partition until the positions in
 * call.lookup and call.routed have passed the end offsets that both had at assignment. After a stall
 * (§4.7) it closes again until both were read to their ends as they were afterwards.
 */

export type GatedTopic = 'call.lookup' | 'call.routed'

export interface Gate {
  /** The next offset to be read of a topic. */
  position(topic: GatedTopic, nextOffset: number): void
  /** Closes until both ends are passed. */
  until(lookupEnd: number, routedEnd: number): void
  /** Closes until `until` is called. */
  close(): void
  readonly open: boolean
}

export function createGate(): Gate {
  let lookupAt = -1
  let routedAt = -1
  let lookupEnd = Infinity
  let routedEnd = Infinity
  return {
    position(topic, nextOffset) {
      if (topic === 'call.lookup') lookupAt = nextOffset
      else routedAt = nextOffset
    },
    until(lookups, routed) {
      lookupEnd = lookups
      routedEnd = routed
    },
    close() {
      routedEnd = Infinity
    },
    get open() {
      return lookupAt >= lookupEnd && routedAt >= routedEnd
    },
  }
}
