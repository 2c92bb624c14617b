/**
 * Records are decoded once for all who share them: a process hands the same ones to each of its consumer groups
 * (kafka/fetch/rounds.ts), and what several of them decode would cost as many times as much. A record's own
 * memory goes with it.
 */
import type { RecordOf, TopicName } from '../topology.ts'
import type { Codec, Decoded, LogRecord } from './ports.ts'

/** Of records that wait: what was read of them takes several times their room, and is kept with them. */
export function forgetDecoded(records: readonly LogRecord[]): void {
  for (const record of records) record.decoded = undefined
}

/** As `codec.decode` of the record's value. Only what was readable is remembered: the rest may become so. */
export function decodeOnce<T extends TopicName>(
  codec: Codec,
  topic: T,
  record: LogRecord,
): Decoded<RecordOf[T]> {
  const { decoded: known } = record
  if (known?.by === codec) return { ok: true, value: known.value as RecordOf[T] }
  const decoded = codec.decode(topic, record.value)
  if (decoded.ok) record.decoded = { by: codec, value: decoded.value }
  return decoded
}
