/**
 * Which topics of a partition may be read on, so that what has to be remembered stays small: what one
 * topic tells must be kept until the other has come as far.
 */
import type { AuditedTopic, AuditPartition } from './memory.ts'

export interface Pace {
  /** None while too much is unfinished, and not the one that is far ahead of the other. */
  readonly reads: () => Readonly<Record<AuditedTopic, boolean>>
  /** True when one was last heard so much later than the other that the ends should be asked. */
  readonly apart: () => boolean
}

/** Reading pauses for a partition with more unfinished records than this, and goes on below half. */
const BACKLOG_MAX = 4000
/** How far one topic may be ahead of the other, append time; a part of the horizon. */
const LEAD_MS_MAX = 20_000
const APART_MS = 5000
/** With more requests than this waiting for their other half, the topic that is ahead waits at once. */
const CROWDED = 5000

/** `backlog` gives the records that were read and are not finished, both topics. */
export function createPace(state: AuditPartition, backlog: () => number): Pace {
  let full = false
  const lead = () => state.seenAt['call.routed'] - state.seenAt['call.lookup']
  const crowded = () => state.awaiting.size > CROWDED
  return {
    reads() {
      full = backlog() > (full ? BACKLOG_MAX / 2 : BACKLOG_MAX)
      const most = crowded() ? 0 : LEAD_MS_MAX
      return { 'call.routed': !full && lead() <= most, 'call.lookup': !full && -lead() <= most }
    },
    apart: () => Math.abs(lead()) > (crowded() ? 0 : APART_MS),
  }
}
