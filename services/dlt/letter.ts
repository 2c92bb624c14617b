/** A dead letter as people see it, from the record that holds it. Pure. */
import { TRUNCATED_HEADER } from '../platform/dead-letter.ts'
import { firstHeader } from '../platform/headers.ts'
import type { Headers, LogRecord } from '../platform/ports.ts'
import { TOPIC_NAMES, TOPICS, type DeadLetterTopic, type TopicName } from '../topology.ts'

/** Topics that have dead letters. */
export const LETTERED: readonly TopicName[] = TOPIC_NAMES.filter(
  (name) => TOPICS[name].deadLettersBy !== undefined,
)

export const letterTopicOf = (topic: TopicName): DeadLetterTopic => `${topic}.dlt`

export interface Letter {
  /** Where it stands itself, as in `call.lookup.dlt/3/17`. */
  readonly name: string
  readonly topic: TopicName
  readonly partition: number
  /** Where the original stood, and when it was appended there. */
  readonly offset: number
  readonly storedAt: number
  readonly code: string
  readonly message: string
  readonly service: string
  readonly key: Uint8Array | null
  readonly value: Uint8Array | null
  /** Bytes the letter would have had, were it not cut to be written at all; null: it is whole. */
  readonly cutFromBytes: number | null
  /** The original's own headers. */
  readonly headers: Headers
}

const text = new TextDecoder()

/** The first value of a header as text; null when there is none. */
export function headerText(headers: Headers, name: string): string | null {
  const first = firstHeader(headers, name)
  return first === null ? null : text.decode(first)
}

/** Reads a record of a dead-letter topic. Where a header is missing the record's own place stands in. */
export function letterOf(record: LogRecord): Letter {
  const { headers } = record
  const number = (name: string, otherwise: number): number => {
    const given = Number(headerText(headers, name) ?? Number.NaN)
    return Number.isInteger(given) && given >= 0 ? given : otherwise
  }
  const cutFrom = Number(headerText(headers, TRUNCATED_HEADER) ?? Number.NaN)
  const own = Object.entries(headers).filter(([name]) => !name.startsWith('dlt-'))
  return {
    name: `${record.topic}/${record.partition}/${record.offset}`,
    topic: record.topic.replace(/\.dlt$/u, '') as TopicName,
    partition: number('dlt-partition', record.partition),
    offset: number('dlt-offset', 0),
    storedAt: number('dlt-timestamp', record.appendedAt),
    code: headerText(headers, 'dlt-code') ?? 'unknown',
    message: headerText(headers, 'dlt-message') ?? '',
    service: headerText(headers, 'dlt-service') ?? '',
    key: record.key,
    value: record.value,
    cutFromBytes: Number.isNaN(cutFrom) ? null : cutFrom,
    headers: Object.fromEntries(own),
  }
}

export interface LetterPlace {
  readonly topic: TopicName
  readonly partition: number
  readonly offset: number
}

/** Reads a letter's name; null when it is none. */
export function placeOfName(name: string): LetterPlace | null {
  const [, topic, partition, offset] = /^(.+)\.dlt\/(\d{1,9})\/(\d{1,15})$/u.exec(name) ?? []
  const known = LETTERED.find((one) => one === topic)
  if (known === undefined) return null
  return { topic: known, partition: Number(partition), offset: Number(offset) }
}
