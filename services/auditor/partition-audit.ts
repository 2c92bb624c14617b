/**
 * The audit of one assigned partition: decodes what is read, steps the core, has its records appended,
 * and knows what may be committed. A record whose schema is not known yet holds up its own topic and
 * partition, no other; a record that can't be read goes to its topic's dead letters.
 */
import type { LookupSettled } from '../../schemas/records.ts'
import { deadLetter } from '../platform/dead-letter.ts'
import type { Codec, LogRecord, OutRecord, RecordBatch } from '../platform/ports.ts'
import { copyOf } from '../platform/record-copy.ts'
import { createPrefix, type Prefix } from '../domain/prefix.ts'
import type { ErrorCode } from '../errors.ts'
import type { Draft } from './core/draft.ts'
import type { EvidenceContext } from './core/evidence.ts'
import { createPace, type Pace } from './core/pace.ts'
import {
  type AuditedTopic,
  type AuditPartition,
  type Dropped,
  emptyPartition,
} from './core/memory.ts'
import { type AuditEffects, type AuditInput, step } from './core/partition.ts'
import { type Resting, restingFor, wake } from './core/resting.ts'
import type { PolicyDesk } from './policy-desk.ts'
import { isAnswer, isRouted, readInput } from './reading.ts'

/** What is counted: by record, or by memory dropped. */
export type Noted = NonNullable<AuditEffects['noted']> | keyof Dropped | 'POLICY_UNKNOWN'

/** Where a partition is taken up. */
export interface Start {
  readonly partition: number
  /** By topic, the group's commit; records below it are history. */
  readonly freshFrom: Record<AuditedTopic, number>
  /** Where to read from, so that history comes again. */
  readonly seek: Record<AuditedTopic, number>
}

export interface PartitionPorts {
  readonly codec: Codec
  readonly evidence: EvidenceContext
  readonly service: string
  /** Appends until it is appended; resolves false only when the auditor stops. */
  append(record: OutRecord): Promise<boolean>
  /** Learns a schema, trying until the registry answers; resolves false only when the auditor stops. */
  learn(schemaId: number): Promise<boolean>
  readonly policies: PolicyDesk
  /** The records at these offsets that are still there; null once it is not wanted, or the auditor stops. */
  recall(
    topic: AuditedTopic,
    partition: number,
    offsets: readonly number[],
    wanted: () => boolean,
  ): Promise<readonly LogRecord[] | null>
  noted(kind: Noted, count: number): void
  deadLettered(topic: AuditedTopic, code: ErrorCode): void
}

/** For how long a partition is audited here. */
export interface Tenure {
  /** False once it was lost, or taken up anew. */
  held(): boolean
  /** A record that had waited could not be audited. */
  failed(error: unknown): void
}

export interface PartitionAudit extends Pace {
  take(batch: RecordBatch): void
  /** Called before the ends of both topics are asked; what it gives is called with the answer. */
  asking(): (ends: Readonly<Record<AuditedTopic, number>>) => void
  prefix(topic: AuditedTopic): Prefix
  /**
   * True once all history was read again and what it gave is written: a fresh decision may be told
   * something by an older answer, and the reverse, so nothing may be committed before.
   */
  remembers(): boolean
}

/** Resolves true once a record that waits can be dealt with; false when the auditor stops. */
type Learning = () => Promise<boolean>

interface Lane {
  readonly topic: AuditedTopic
  /** First offset that has not been audited before. */
  readonly freshFrom: number
  readonly prefix: Prefix
  /** Copies: a record that waits must not keep the whole fetch it came in. */
  readonly waiting: LogRecord[]
  learning: boolean
  /** Everything below was read. */
  readTo: number
  /** When everything of this topic had been read, the other one ended here. */
  coversOther: number
  /** Records that history gave and that are not acknowledged yet. */
  unwritten: number
}

/** Takes up a partition. */
export function auditPartition(
  { partition, freshFrom, seek }: Start,
  ports: PartitionPorts,
  tenure: Tenure,
): PartitionAudit {
  const state = emptyPartition()
  const auditOne = auditRecords({ partition, freshFrom }, state, ports, tenure)
  const lane = (topic: AuditedTopic): Lane => ({
    topic,
    freshFrom: freshFrom[topic],
    prefix: createPrefix(),
    waiting: [],
    learning: false,
    readTo: seek[topic],
    coversOther: 0,
    unwritten: 0,
  })
  const lanes = { 'call.routed': lane('call.routed'), 'call.lookup': lane('call.lookup') }

  const pace = createPace(state, () => backlogIn(lanes))

  /** True when it was dealt with; false when something must be learnt first. */
  const audit = (from: Lane, record: LogRecord): boolean => {
    const other = lanes[OTHER[from.topic]]
    if (record.offset < other.coversOther) {
      note(step(state, caughtUp(other, record.appendedAt), ports.evidence), ports)
    }
    const learning = auditOne(from, record)
    if (learning !== null) void hold(from, learning).catch((error: unknown) => tenure.failed(error))
    return learning === null
  }
  const drain = (from: Lane): void => {
    let done = 0
    for (const record of from.waiting) {
      if (!audit(from, record)) break
      done += 1
    }
    from.waiting.splice(0, done)
  }
  const hold = async (from: Lane, learning: Learning): Promise<void> => {
    from.learning = true
    const learnt = await learning()
    from.learning = false
    if (learnt && tenure.held()) drain(from)
  }

  return {
    take(batch) {
      const from = lanes[batch.topic as AuditedTopic]
      for (const { offset, appendedAt } of batch.records) {
        // History is committed already: counting it would move the commit back.
        if (offset >= from.freshFrom) from.prefix.begin(offset, appendedAt)
      }
      for (const record of batch.records) {
        if (from.learning || !audit(from, record)) from.waiting.push(copyOf(record))
      }
      from.readTo = batch.nextOffset
    },
    ...pace,
    asking() {
      const heardAt = { ...state.seenAt }
      return (ends) => {
        for (const each of Object.values(lanes)) {
          if (each.readTo < ends[each.topic] || each.waiting.length > 0) continue
          const other = OTHER[each.topic]
          each.coversOther = Math.max(each.coversOther, ends[other])
          note(step(state, caughtUp(each, heardAt[other]), ports.evidence), ports)
        }
      }
    },
    prefix: (topic) => lanes[topic].prefix,
    remembers: () => Object.values(lanes).every(hasToldHistory),
  }
}

const OTHER = { 'call.routed': 'call.lookup', 'call.lookup': 'call.routed' } as const

const caughtUp = ({ topic }: Lane, at: number): AuditInput => ({ type: 'caught-up', topic, at })

/** Read and not finished. Fresh records are in the prefix, history only waits or is being written. */
const backlogOf = ({ prefix, waiting, unwritten }: Lane): number =>
  Math.max(prefix.size, waiting.length) + unwritten

const backlogIn = (lanes: Readonly<Record<AuditedTopic, Lane>>): number =>
  backlogOf(lanes['call.routed']) + backlogOf(lanes['call.lookup'])

function note({ noted, dropped }: AuditEffects, ports: Pick<PartitionPorts, 'noted'>): void {
  if (noted !== null) ports.noted(noted, 1)
  if (dropped === undefined) return
  if (dropped.FORGOTTEN > 0) ports.noted('FORGOTTEN', dropped.FORGOTTEN)
  if (dropped.EVICTED > 0) ports.noted('EVICTED', dropped.EVICTED)
}

function hasToldHistory({ readTo, freshFrom, waiting, unwritten }: Lane): boolean {
  const [next] = waiting
  return unwritten === 0 && readTo >= freshFrom && (next === undefined || next.offset >= freshFrom)
}

/** Where the records of a partition that were let go of are read again, as they were. */
function recalling(
  { partition, freshFrom }: Omit<Start, 'seek'>,
  state: AuditPartition,
  ports: PartitionPorts,
  tenure: Tenure,
) {
  const wanted = (): boolean => tenure.held()
  const again = (topic: AuditedTopic, record: LogRecord): AuditInput | null => {
    const read = readInput(ports.codec, { topic, freshFrom: freshFrom[topic] }, record)
    return read.kind === 'input' ? read.input : null
  }
  return async (lookup: LookupSettled, resting: Resting): Promise<boolean> => {
    const { decisionOffset, lateOffsets } = resting
    const [decided, late] = await Promise.all([
      ports.recall('call.routed', partition, [decisionOffset], wanted),
      ports.recall('call.lookup', partition, lateOffsets, wanted),
    ])
    if (decided === null || late === null) return false
    const routed = decided.map((record) => again('call.routed', record)).find(isRouted)
    const answers = late.map((record) => again('call.lookup', record)).filter(isAnswer)
    wake(state, lookup, routed ?? null, answers)
    return true
  }
}

/**
 * Audits record after record of one partition. The function it gives returns null when the record was
 * dealt with, or what must be learnt before it can be: its schema, the policy it was decided by, or the
 * decision it comes too late for.
 */
function auditRecords(
  { partition, freshFrom }: Omit<Start, 'seek'>,
  state: AuditPartition,
  ports: PartitionPorts,
  tenure: Tenure,
) {
  const finish = async (from: Lane, offset: number, records: readonly OutRecord[]) => {
    const history = offset < from.freshFrom
    if (history) from.unwritten += 1
    const appended = await Promise.all(records.map((record) => ports.append(record)))
    if (!appended.every(Boolean)) return
    if (history) from.unwritten -= 1
    else from.prefix.finish(offset)
  }
  const refuse = (from: Lane, record: LogRecord, code: ErrorCode, message: string): void => {
    if (record.offset < from.freshFrom) return
    ports.deadLettered(from.topic, code)
    const reason = { code, message, service: ports.service }
    void finish(from, record.offset, [deadLetter(copyOf(record), reason)])
  }
  const encode = (draft: Draft): OutRecord => ({
    topic: draft.topic,
    partition,
    key: draft.callId,
    value: ports.codec.encode(draft.topic, draft.value),
  })
  const recall = recalling({ partition, freshFrom }, state, ports, tenure)
  return (from: Lane, record: LogRecord): Learning | null => {
    const read = readInput(ports.codec, from, record)
    if (read.kind === 'learn') return () => ports.learn(read.schemaId)
    if (read.kind === 'refuse') {
      refuse(from, record, read.code, read.message)
      return null
    }
    const { input } = read
    const resting = isAnswer(input) ? restingFor(state, input.lookup) : null
    if (isAnswer(input) && resting !== null) return () => recall(input.lookup, resting)
    const version = isRouted(input) ? input.decision.policyVersion : null
    if (version !== null && !ports.policies.settled(version)) {
      return () => ports.policies.settle(version)
    }
    const effects = step(state, input, ports.evidence)
    note(effects, ports)
    if (version !== null && effects.drafts.length > 0 && !ports.evidence.policyOf(version)) {
      ports.noted('POLICY_UNKNOWN', 1)
    }
    if (effects.drafts.length === 0) from.prefix.finish(record.offset)
    else void finish(from, record.offset, effects.drafts.map(encode))
    return null
  }
}
