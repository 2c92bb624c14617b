/** What stands in the broker's topics after a run, as the independent checker wants to see it. */
import type { Stored, Topics } from '../../services/audit/verify/evidence.ts'
import type { MemoryBroker } from '../../services/platform/memory/broker.ts'
import type { Codec, LogRecord } from '../../services/platform/ports.ts'
import type { LogTopic, RecordOf, TopicName } from '../../services/topology.ts'

export function topicsOf(broker: MemoryBroker, codec: Codec): Topics {
  const stored = <T extends TopicName>(topic: T): Stored<RecordOf[T]>[] =>
    broker.records(topic).map((record) => storedOf(codec, topic, record))
  const letters: readonly LogTopic[] = ['call.arrived.dlt', 'call.lookup.dlt', 'call.routed.dlt']
  return {
    arrived: stored('call.arrived'),
    lookups: stored('call.lookup'),
    routed: stored('call.routed'),
    decisions: stored('audit.decision'),
    fallbacks: stored('audit.fallback'),
    late: stored('audit.late'),
    deadLetters: letters.flatMap((topic) => broker.records(topic).map(deadLettered)),
  }
}

function storedOf<T extends TopicName>(
  codec: Codec,
  topic: T,
  record: LogRecord,
): Stored<RecordOf[T]> {
  const { partition, offset, appendedAt, key, value, headers } = record
  const decoded = codec.decode(topic, value)
  const requestNo = Number(textOf(headers['request-no']) ?? Number.NaN)
  return {
    partition,
    offset,
    appendedAt,
    key: key === null ? null : Buffer.from(key).toString(),
    value: decoded.ok ? decoded.value : null,
    requestNo: Number.isSafeInteger(requestNo) ? requestNo : null,
  }
}

function deadLettered({ headers }: LogRecord) {
  return {
    topic: textOf(headers['dlt-topic']) ?? '',
    partition: Number(textOf(headers['dlt-partition'])),
    offset: Number(textOf(headers['dlt-offset'])),
    code: textOf(headers['dlt-code']) ?? '',
  }
}

function textOf(header: LogRecord['headers'][string] | undefined): string | null {
  const bytes = header instanceof Uint8Array ? header : header?.[0]
  return bytes === undefined ? null : Buffer.from(bytes).toString()
}
