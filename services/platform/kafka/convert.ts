/** kafkajs' messages as the records of the port. */
import type { KafkaMessage } from 'kafkajs'
import type { LogTopic } from '../../topology.ts'
import type { Headers, LogRecord } from '../ports.ts'

/** Bytes stay views of the fetched response: who keeps one keeps the whole response in memory. */
export function toRecord(topic: LogTopic, partition: number, message: KafkaMessage): LogRecord {
  return {
    topic,
    partition,
    offset: Number(message.offset),
    appendedAt: Number(message.timestamp),
    key: message.key,
    value: message.value,
    headers: (message.headers ?? {}) as Headers,
  }
}
