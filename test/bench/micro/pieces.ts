/** The pieces of a call's way through crosspoint, each by itself. */
import type { CallRouted } from '../../../schemas/records.ts'
import { evidenceOf } from '../../../services/auditor/core/evidence.ts'
import { emptyPartition } from '../../../services/auditor/core/memory.ts'
import { step as auditStep } from '../../../services/auditor/core/partition.ts'
import { HORIZON_MS } from '../../../services/domain/horizon.ts'
import { usedLookup } from '../../../services/domain/used-lookup.ts'
import { hash } from '../../../services/platform/hash.ts'
import { createSendQueue } from '../../../services/platform/kafka/send-queue.ts'
import { memoryCodec } from '../../../services/platform/memory-codec.ts'
import type { Policy } from '../../../services/policy/policy.ts'
import type { Effect, Input } from '../../../services/router/core/state.ts'
import type { RecordOf, TopicName } from '../../../services/topology.ts'
import { coreConfig, openCore, privacy } from '../core.ts'
import { type Call, callsOf } from './calls.ts'
import type { Piece } from './measure.ts'

const CALLS = 1000
/** Between two calls of a partition, broker time: 1,500 calls/s over 12 partitions. */
const GAP_MS = 8

/** So many batches of 200 fill the horizon: from then on as much is forgotten as is remembered. */
const HORIZON_BATCHES = Math.ceil(HORIZON_MS / GAP_MS / 200)

/** One after the other, from the first again after the last. */
function inTurn<T>(items: readonly T[], run: (item: T) => void): (count: number) => void {
  let next = 0
  return (count) => {
    for (let index = 0; index < count; index += 1) {
      const item = items[next]
      next = (next + 1) % items.length
      if (item !== undefined) run(item)
    }
  }
}

/** A core whose gate is open; gives each call from its arrival to the acknowledged decision. */
export function decider(policy: Policy): (call: Call) => CallRouted[] {
  let now = 1_700_000_000_000
  let offset = 0
  const limits = { openMax: 50_000, earlyMax: 50_000, heldBytesMax: 1_000_000 }
  const core = openCore(coreConfig(policy, limits), now)
  const run = (input: Input): readonly Effect[] => core(input, now)
  return ({ arrival, lookups }) => {
    now += GAP_MS
    offset += 4
    // The same call comes again and again: a number of its own keeps it from being a repeat.
    const callId = `${arrival.callId}-${offset}`
    const place = { callId, requestNo: 1, offset, appendedAt: now, traceparent: null }
    const effects = [...run({ type: 'arrived', arrival: { ...arrival, callId }, ...place })]
    lookups.forEach((one, index) => {
      const lookup = { ...one, callId }
      effects.push(...run({ type: 'lookup', lookup, offset: offset + index, appendedAt: now }))
    })
    const decisions: CallRouted[] = []
    for (const effect of effects) {
      if (effect.type !== 'publish') continue
      decisions.push(effect.decision)
      const { decidedAt } = effect.decision
      run({ type: 'acknowledged', request: effect.request, decidedAt, appendedAt: now })
    }
    return decisions
  }
}

/** All pieces but the shells. */
export function piecesOf(policy: Policy): readonly Piece[] {
  const calls = callsOf('micro', CALLS)
  const decide = decider(policy)
  const decisions = calls.flatMap((call) => decide(call))
  return [
    {
      name: 'core: decide',
      per: 'call (an arrival, 4 lookups, an acknowledgement)',
      batch: 200,
      warmBatches: HORIZON_BATCHES,
      work: inTurn(calls, (call) => void decide(call)),
    },
    evaluation(policy, calls),
    ...codecs(calls, decisions, policy),
    auditing(policy, decisions),
    batching(),
  ]
}

function evaluation(policy: Policy, calls: readonly Call[]): Piece {
  const questions = calls.map(({ arrival, lookups }) => ({
    arrival: policy.classify(arrival, privacy),
    arrivedAt: 1_700_000_000_000,
    lookups: lookups.map((one, index) => usedLookup(one, 1_700_000_000_000, index)),
  }))
  return {
    name: 'policy: evaluate',
    per: 'question with all lookups settled',
    batch: 1000,
    work: inTurn(questions, (question) => void policy.decide(question)),
  }
}

function codecs(
  calls: readonly Call[],
  decisions: readonly CallRouted[],
  policy: Policy,
): readonly Piece[] {
  const codec = memoryCodec()
  const context = { policyOf: () => policy, privacy, hash }
  const audited = decisions.flatMap((decision) =>
    evidenceOf({ decision, partition: 0, offset: 0, appendedAt: 0 }, true, context),
  )
  const both = <T extends TopicName>(topic: T, values: readonly RecordOf[T][]): Piece[] => {
    const bytes = values.map((value) => codec.encode(topic, value))
    return [
      {
        name: `encode ${topic}`,
        per: 'record',
        batch: 500,
        work: inTurn(values, (value) => void codec.encode(topic, value)),
      },
      {
        name: `decode ${topic}`,
        per: 'record',
        batch: 500,
        work: inTurn(bytes, (value) => void codec.decode(topic, value)),
      },
    ]
  }
  return [
    ...both(
      'call.arrived',
      calls.map(({ arrival }) => arrival),
    ),
    ...both(
      'call.lookup',
      calls.flatMap(({ lookups }) => lookups),
    ),
    ...both('call.routed', decisions),
    ...both(
      'audit.decision',
      audited.flatMap((draft) => (draft.topic === 'audit.decision' ? [draft.value] : [])),
    ),
    ...both(
      'audit.fallback',
      audited.flatMap((draft) => (draft.topic === 'audit.fallback' ? [draft.value] : [])),
    ),
  ]
}

function auditing(policy: Policy, decisions: readonly CallRouted[]): Piece {
  const state = emptyPartition()
  const context = { policyOf: () => policy, privacy, hash }
  let offset = 0
  let appendedAt = 1_700_000_000_000
  return {
    name: 'core: audit',
    per: 'decision whose lookups all answered',
    batch: 200,
    warmBatches: HORIZON_BATCHES,
    work: inTurn(decisions, (one) => {
      offset += 1
      appendedAt += GAP_MS
      const decision = { ...one, callId: `${one.callId}-${offset}`, decidedAt: appendedAt }
      const at = { partition: 0, offset, appendedAt, fresh: true }
      auditStep(state, { type: 'routed', decision, keep: () => () => decision, ...at }, context)
      auditStep(state, { type: 'caught-up', topic: 'call.lookup', at: appendedAt }, context)
    }),
  }
}

/** So many records travel together. */
const TOGETHER = 20

function batching(): Piece {
  const queue = createSendQueue<number>()
  const limits = { recordsPerPartition: 500, bytesPerRequest: 900_000 }
  const partitions = 12
  return {
    name: 'micro-batcher',
    per: `record, ${TOGETHER} in a request`,
    batch: 50 * TOGETHER,
    work(count) {
      for (let item = 0; item < count; item += 1) {
        queue.push('call.routed', item % partitions, { item, bytes: 1000 })
        if (item % TOGETHER === TOGETHER - 1) {
          for (const part of queue.take(queue.ready(), limits)) queue.done(part)
        }
      }
    },
  }
}
