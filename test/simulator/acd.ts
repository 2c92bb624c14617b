/** A simulated ACD: it follows call.routed and acts by the reader's rule (design §4.1). */
import type { Delivered } from '../../services/audit/verify/evidence.ts'
import type { Codec, LogClient } from '../../services/platform/ports.ts'
import { createFirstDecisions } from '../../services/reader/first-decision.ts'

/** Follows from the start for ever and writes down what it acts on. */
export function simulatedAcd(client: LogClient, codec: Codec): Delivered[] {
  const delivered: Delivered[] = []
  const decisions = createFirstDecisions()
  const follow = client.reader.read(
    { topics: ['call.routed'], from: 'start', until: 'never' },
    ({ partition, records }) => {
      for (const { value, appendedAt } of records) {
        const decoded = codec.decode('call.routed', value)
        if (!decoded.ok) continue
        const { callId, requestNo, decisionId, decidedAt, arrivalAt } = decoded.value
        const arrivalPartition = arrivalAt.partition
        const read = { callId, requestNo, partition, arrivalPartition, decidedAt, appendedAt }
        if (decisions.read(read) !== 'EFFECTIVE') continue
        delivered.push({ callId, requestNo, decisionId })
      }
    },
  )
  void follow.catch(() => {})
  return delivered
}
