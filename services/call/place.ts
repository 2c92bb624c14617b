/** Places one call as a switch does, and hears its decision as an ACD does. */
import type { CallArrived, CallRouted } from '../../schemas/records.ts'
import { readRecords } from '../audit/read-records.ts'
import { partitionOf } from '../domain/murmur2.ts'
import { HEADER } from '../domain/request.ts'
import { CrosspointError } from '../errors.ts'
import type { Clock, Codec, LogClient } from '../platform/ports.ts'
import { createFirstDecisions } from '../reader/first-decision.ts'

const CLOSE_MS = 5000

export interface Line {
  readonly client: LogClient
  readonly codec: Codec
  readonly clock: Clock
}

export interface Heard {
  readonly decision: CallRouted
  /** When the decision was stored, broker time. */
  readonly appendedAt: number
}

/**
 * Publishes an arrival and resolves with what counts as its decision. The call must be a new one: what
 * was decided before it was published is not heard. Rejects with XP_CALL_UNDECIDED when nothing was
 * decided `waitMs` after the brokers had it.
 */
export async function placeCall(
  { client, codec, clock }: Line,
  arrival: CallArrived,
  waitMs: number,
): Promise<Heard> {
  const { callId, requestNo } = arrival
  const ends = await client.offsets.ends('call.routed')
  const partition = partitionOf(new TextEncoder().encode(callId), ends.length)
  const producer = await client.producer('call')
  const { offset } = await producer.append({
    topic: 'call.arrived',
    partition,
    key: callId,
    value: codec.encode('call.arrived', arrival),
    headers: { [HEADER.requestNo]: String(requestNo) },
  })
  await producer.close(CLOSE_MS)
  const heard = await decisionOf({ client, codec, clock }, arrival, partition, ends, waitMs)
  if (heard !== null) return heard
  throw new CrosspointError(
    'XP_CALL_UNDECIDED',
    `call ${callId} stands in call.arrived ${partition}@${offset}; no decision came within ${waitMs} ms`,
  )
}

/** The first decision that counts behind these ends of call.routed; null when none comes in time. */
async function decisionOf(
  { client, codec, clock }: Line,
  { callId, requestNo }: CallArrived,
  partition: number,
  ends: readonly number[],
  waitMs: number,
): Promise<Heard | null> {
  const over = new AbortController()
  const giveUp = clock.after(waitMs, () => over.abort())
  const decisions = createFirstDecisions()
  let heard: Heard | null = null
  await readRecords(
    { reader: client.reader, codec },
    {
      topics: ['call.routed'],
      partitions: [partition],
      from: { offsets: new Map([['call.routed', ends]]) },
      until: 'never',
      signal: over.signal,
    },
    ({ topic, record, value }) => {
      if (topic !== 'call.routed' || value === null || heard !== null) return
      if (value.callId !== callId || value.requestNo !== requestNo) return
      const { arrivalAt, decidedAt } = value
      const { appendedAt } = record
      const read = { callId, requestNo, partition, decidedAt, appendedAt }
      if (decisions.read({ ...read, arrivalPartition: arrivalAt.partition }) !== 'EFFECTIVE') return
      heard = { decision: value, appendedAt }
      over.abort()
    },
  )
  giveUp()
  return heard
}
