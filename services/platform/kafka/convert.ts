/** kafkajs' messages as the records of the port. */
import type { LogTopic } from '../../topology.ts'
import type { Headers, LogRecord, RecordBatch, SkippedBatch } from '../ports.ts'
import type { FetchedMessage } from './fetch-answer.ts'
import type { Logger } from './log-bridge.ts'

/** Bytes stay views of the fetched response: who keeps one keeps the whole response in memory. */
class FetchedRecord implements LogRecord {
  readonly topic: LogTopic
  readonly partition: number
  readonly offset: number
  readonly appendedAt: number
  readonly #message: FetchedMessage

  constructor(topic: LogTopic, partition: number, message: FetchedMessage) {
    this.topic = topic
    this.partition = partition
    this.offset = Number(message.offset)
    this.appendedAt = Number(message.timestamp)
    this.#message = message
  }

  get key(): Uint8Array | null {
    return this.#message.key
  }
  get value(): Uint8Array | null {
    return this.#message.value
  }
  get headers(): Headers {
    return (this.#message.headers ?? {}) as Headers
  }
}

/** Messages below `target` as a batch of the port; `skipped` is there only when something was. */
export function toBatch(
  place: { readonly topic: LogTopic; readonly partition: number; readonly nextOffset: number },
  messages: readonly FetchedMessage[],
  target = Number.POSITIVE_INFINITY,
): RecordBatch {
  const { topic, partition } = place
  const records: LogRecord[] = []
  const skipped: SkippedBatch[] = []
  for (const message of messages) {
    if (message.unreadable !== undefined) {
      if (message.unreadable.firstOffset < target) skipped.push(message.unreadable)
    } else if (Number(message.offset) < target) {
      records.push(new FetchedRecord(topic, partition, message))
    }
  }
  return { ...place, records, ...(skipped.length === 0 ? {} : { skipped }) }
}

/** A line for each batch that was passed unread: the only trace its records leave. */
export function tellSkipped(logger: Logger, batch: RecordBatch, fields: object = {}): void {
  const { topic, partition } = batch
  for (const skipped of batch.skipped ?? []) {
    const place = { ...fields, topic, partition, ...skipped }
    logger.error(
      { code: 'XP_BATCH_UNREADABLE', ...place },
      'a batch could not be read and is passed',
    )
  }
}
