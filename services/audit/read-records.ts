/** Reads decoded records for people's commands and checks: no group, no place kept. */
import type { Codec, LogReader, LogRecord, ReadOptions, RecordBatch } from '../platform/ports.ts'
import type { RecordOf, TopicName } from '../topology.ts'

/** A record of one topic, decoded; `value` is null where its bytes can't be read. */
export type ReadRecord = {
  [T in TopicName]: {
    readonly topic: T
    readonly record: LogRecord
    readonly value: RecordOf[T] | null
  }
}[TopicName]

export interface DecodedSource {
  readonly reader: LogReader
  readonly codec: Codec
}

/**
 * Calls back for every record of the topics, in offset order within a partition. A writer's schema
 * that is not known yet is learnt first; while it is, later records of the same topic and partition
 * wait, and the read does not end before they are told.
 */
export async function readRecords(
  source: DecodedSource,
  options: Omit<ReadOptions, 'topics'> & { readonly topics: readonly TopicName[] },
  onRecord: (read: ReadRecord) => void,
): Promise<void> {
  const lanes = new Map<string, Promise<void>>()
  const tell = async (before: Promise<void> | undefined, batch: RecordBatch): Promise<void> => {
    await before
    for (const record of batch.records) onRecord(await decode(source.codec, record))
  }
  await source.reader.read(options, (batch) => {
    const lane = `${batch.topic} ${batch.partition}`
    lanes.set(lane, tell(lanes.get(lane), batch))
  })
  await Promise.all(lanes.values())
}

async function decode(codec: Codec, record: LogRecord): Promise<ReadRecord> {
  const topic = record.topic as TopicName
  let decoded = codec.decode(topic, record.value)
  if (!decoded.ok && decoded.retry) {
    await codec.learn(decoded.schemaId)
    decoded = codec.decode(topic, record.value)
  }
  return { topic, record, value: decoded.ok ? decoded.value : null } as ReadRecord
}
