/** Collects the stored part of the evidence: every record of the topics that the promises speak of. */
import type { PolicyPublished } from '../../../schemas/records.ts'
import { HEADER } from '../../domain/request.ts'
import { type DecodedSource, readRecords, type ReadRecord } from '../read-records.ts'
import { firstHeader } from '../../platform/headers.ts'
import type { Headers, LogRecord, ReadOptions } from '../../platform/ports.ts'
import { TOPICS, type TopicName } from '../../topology.ts'
import type { DeadLettered, Evidence, Stored, Topics } from './evidence.ts'

type Collected = { -readonly [Part in keyof Topics]: Topics[Part][number][] }

type AuditBytes = NonNullable<Evidence['auditBytes']>

export interface CollectedCalls {
  readonly topics: Topics
  readonly auditBytes: AuditBytes
}

export interface CollectedPolicies {
  /** The texts of audit.policy by version. */
  readonly policyTexts: ReadonlyMap<string, string>
  readonly auditBytes: AuditBytes
}

export type CollectedEvidence = CollectedCalls & CollectedPolicies

const PARTS = {
  'call.arrived': 'arrived',
  'call.lookup': 'lookups',
  'call.routed': 'routed',
  'audit.decision': 'decisions',
  'audit.fallback': 'fallbacks',
  'audit.late': 'late',
} as const

const READ = Object.keys(PARTS) as (keyof typeof PARTS)[]

/** Where reading stops in each topic; topics that are not named are read to their ends. */
export type Stops = Extract<ReadOptions['until'], object>['offsets']

/** Reads all that is stored, up to the ends as they are now. */
export async function collectEvidence(source: DecodedSource): Promise<CollectedEvidence> {
  const calls = await collectCalls(source, { from: 'start', stops: new Map() })
  const policies = await collectPolicies(source)
  return { ...calls, ...policies, auditBytes: [...calls.auditBytes, ...policies.auditBytes] }
}

/** Which records of calls are read: from a moment up to `stops`, of these partitions; absent: of all. */
export interface CallsRead extends Pick<ReadOptions, 'partitions'> {
  readonly from: 'start' | { readonly timeMs: number }
  readonly stops: Stops
}

/** Reads what is stored of calls. */
export async function collectCalls(
  source: DecodedSource,
  { from, stops, ...which }: CallsRead,
): Promise<CollectedCalls> {
  const topics: Collected = {
    arrived: [],
    lookups: [],
    routed: [],
    decisions: [],
    fallbacks: [],
    late: [],
    deadLetters: [],
  }
  const auditBytes: AuditBytes[number][] = []
  await readRecords(source, { topics: READ, from, until: { offsets: stops }, ...which }, (read) => {
    put(topics, read)
    auditBytes.push(...bytesOf(read))
  })
  topics.deadLetters.push(...(await readDeadLetters(source, { from, ...which })))
  return { topics, auditBytes }
}

/** Reads the numbers of all callers: one that leaks may stand in a record of any other call. */
export async function collectCallers(
  source: DecodedSource,
  partitions: number,
  { from, stops }: Omit<CallsRead, 'partitions'>,
): Promise<ReadonlySet<string>> {
  const callers = new Set<string>()
  for (let partition = 0; partition < partitions; partition += 1) {
    const which = { from, until: { offsets: stops }, partitions: [partition] }
    await readRecords(source, { topics: ['call.arrived'], ...which }, ({ topic, value }) => {
      const ani = topic === 'call.arrived' ? (value?.ani ?? null) : null
      if (ani !== null) callers.add(ani)
    })
  }
  return callers
}

/** Reads the texts of policies, whole: a decision may rest on one that was published long before. */
export async function collectPolicies(source: DecodedSource): Promise<CollectedPolicies> {
  const policyTexts = new Map<string, string>()
  const auditBytes: AuditBytes[number][] = []
  const whole = { topics: ['audit.policy'], from: 'start', until: 'end' } as const
  await readRecords(source, whole, (read) => {
    if (read.topic !== 'audit.policy') return
    if (read.value !== null) {
      // Published again it is the newest again.
      policyTexts.delete(read.value.policyVersion)
      policyTexts.set(read.value.policyVersion, read.value.text)
    }
    auditBytes.push(...bytesOf(read))
  })
  return { policyTexts, auditBytes }
}

/** What was published, in the order of ops.policy. */
export async function collectPublications(
  source: DecodedSource,
): Promise<readonly Stored<PolicyPublished>[]> {
  const publications: Stored<PolicyPublished>[] = []
  const whole = { topics: ['ops.policy'], from: 'start', until: 'end' } as const
  await readRecords(source, whole, ({ topic, record, value }) => {
    if (topic === 'ops.policy') publications.push(stored(record, value))
  })
  return publications
}

/** Of audit.*; the fetch buffer is large, so a copy of the record's own bytes only. */
function bytesOf({ topic, record }: ReadRecord): AuditBytes {
  if (!topic.startsWith('audit.') || record.value === null) return []
  return [{ source: topic, bytes: Uint8Array.from(record.value) }]
}

function put(topics: Collected, read: ReadRecord): void {
  const part = PARTS[read.topic as keyof typeof PARTS]
  const list = topics[part] as Stored<unknown>[]
  list.push(stored(read.record, read.value))
}

const text = new TextDecoder()

function stored<T>(record: LogRecord, value: T): Stored<NonNullable<T>> {
  const requestNo = Number(header(record.headers, HEADER.requestNo))
  return {
    partition: record.partition,
    offset: record.offset,
    appendedAt: record.appendedAt,
    key: record.key === null ? null : text.decode(record.key),
    value: value ?? null,
    requestNo: Number.isInteger(requestNo) && requestNo > 0 ? requestNo : null,
  }
}

async function readDeadLetters(
  { reader }: DecodedSource,
  which: Omit<CallsRead, 'stops'>,
): Promise<readonly DeadLettered[]> {
  const names = Object.keys(TOPICS) as TopicName[]
  const topics = names.flatMap((name) =>
    TOPICS[name].deadLettersBy === undefined ? [] : [`${name}.dlt` as const],
  )
  const letters: DeadLettered[] = []
  await reader.read({ topics, until: 'end', ...which }, (batch) => {
    for (const { headers } of batch.records) {
      letters.push({
        topic: header(headers, 'dlt-topic') ?? '',
        partition: Number(header(headers, 'dlt-partition')),
        offset: Number(header(headers, 'dlt-offset')),
        code: header(headers, 'dlt-code') ?? '',
      })
    }
  })
  return letters
}

function header(headers: Headers, name: string): string | null {
  const first = firstHeader(headers, name)
  return first === null ? null : text.decode(first)
}
