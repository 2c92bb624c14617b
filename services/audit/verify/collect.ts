/** Collects the stored part of the evidence: every record of the topics that the promises speak of. */
import { HEADER } from '../../domain/request.ts'
import { type DecodedSource, readRecords, type ReadRecord } from '../read-records.ts'
import type { Headers, LogRecord, ReadOptions } from '../../platform/ports.ts'
import { TOPICS, type TopicName } from '../../topology.ts'
import type { DeadLettered, Evidence, Stored, Topics } from './evidence.ts'

type Collected = { -readonly [Part in keyof Topics]: Topics[Part][number][] }

export interface CollectedEvidence {
  readonly topics: Topics
  readonly auditBytes: NonNullable<Evidence['auditBytes']>
  /** The texts of audit.policy by version. */
  readonly policyTexts: ReadonlyMap<string, string>
}

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

/**
 * Reads what is stored from a time or from the start up to the ends as they are now, or up to `stops`.
 * The texts of policies are read whole: a decision may rest on one that was published long before.
 */
export async function collectEvidence(
  source: DecodedSource,
  from: 'start' | { readonly timeMs: number } = 'start',
  stops: Stops = new Map(),
): Promise<CollectedEvidence> {
  const topics: Collected = {
    arrived: [],
    lookups: [],
    routed: [],
    decisions: [],
    fallbacks: [],
    late: [],
    deadLetters: [],
  }
  const auditBytes: { source: string; bytes: Uint8Array }[] = []
  const policyTexts = new Map<string, string>()
  const keepBytes = ({ topic, record }: ReadRecord): void => {
    if (!topic.startsWith('audit.') || record.value === null) return
    // The fetch buffer is large: keep a copy of the record's own bytes only.
    auditBytes.push({ source: topic, bytes: Uint8Array.from(record.value) })
  }
  await readRecords(source, { topics: READ, from, until: { offsets: stops } }, (read) => {
    put(topics, read)
    keepBytes(read)
  })
  const policies = { topics: ['audit.policy'], from: 'start', until: 'end' } as const
  await readRecords(source, policies, (read) => {
    if (read.topic !== 'audit.policy') return
    if (read.value !== null) {
      // Published again it is the newest again.
      policyTexts.delete(read.value.policyVersion)
      policyTexts.set(read.value.policyVersion, read.value.text)
    }
    keepBytes(read)
  })
  topics.deadLetters.push(...(await readDeadLetters(source, from)))
  return { topics, auditBytes, policyTexts }
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
  from: 'start' | { readonly timeMs: number },
): Promise<readonly DeadLettered[]> {
  const names = Object.keys(TOPICS) as TopicName[]
  const topics = names.flatMap((name) =>
    TOPICS[name].deadLettersBy === undefined ? [] : [`${name}.dlt` as const],
  )
  const letters: DeadLettered[] = []
  await reader.read({ topics, from, until: 'end' }, (batch) => {
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
  const value = headers[name]
  if (value === undefined) return null
  const first = value instanceof Uint8Array ? value : value[0]
  return first === undefined ? null : text.decode(first)
}
