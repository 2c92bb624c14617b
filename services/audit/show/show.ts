/** `audit show CALL`: everything the audit topics hold of one call. */
import type { DecisionAudited, LookupArrivedLate } from '../../../schemas/records.ts'
import { CrosspointError } from '../../errors.ts'
import { type DecodedSource, readRecords } from '../read-records.ts'
import type { Story } from './timeline.ts'

/**
 * The decisions of a call in order of request, effective ones first, each with its late answers. Reads
 * audit.decision and audit.late from the start: repeats of a record are dropped by id.
 *
 * Throws XP_AUDIT_CALL_UNKNOWN when neither topic speaks of the call.
 */
export async function storiesOf(source: DecodedSource, callId: string): Promise<readonly Story[]> {
  const decisions = new Map<string, DecisionAudited>()
  const late = new Map<string, LookupArrivedLate>()
  const topics = ['audit.decision', 'audit.late'] as const
  await readRecords(source, { topics, from: 'start', until: 'end' }, (read) => {
    if (read.value === null) return
    if (read.topic === 'audit.decision' && read.value.callId === callId) {
      decisions.set(`${read.value.decisionId} ${read.value.effective}`, read.value)
    } else if (read.topic === 'audit.late' && read.value.callId === callId) {
      late.set(read.value.eventId, read.value)
    }
  })
  if (decisions.size === 0) {
    throw new CrosspointError('XP_AUDIT_CALL_UNKNOWN', `no decision of call ${callId} is audited`)
  }
  return [...decisions.values()]
    .toSorted((a, b) => a.requestNo - b.requestNo || Number(b.effective) - Number(a.effective))
    .map((decision) => ({
      decision,
      late: [...late.values()].filter((one) => one.decisionId === decision.decisionId),
    }))
}
