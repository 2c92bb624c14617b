/** All that stands in a world's topics, dead letters too, as bytes and in the words of its schema. */
import type { LogRecord } from '../../../services/platform/ports.ts'
import { type LogTopic, TOPIC_NAMES, type TopicName, TOPICS } from '../../../services/topology.ts'
import type { World } from '../world/world.ts'

export interface Stored {
  readonly topic: LogTopic
  readonly record: LogRecord
}

export async function everyRecord({ client }: World): Promise<readonly Stored[]> {
  const letters = TOPIC_NAMES.flatMap((name) =>
    TOPICS[name].deadLettersBy === undefined ? [] : [`${name}.dlt` as const],
  )
  const topics: LogTopic[] = [...TOPIC_NAMES, ...letters]
  const stored: Stored[] = []
  await client.reader.read({ topics, from: 'start', until: 'end' }, ({ records }) => {
    for (const record of records) stored.push({ topic: record.topic, record })
  })
  return stored
}

export const asText = (bytes: Uint8Array | null): string =>
  Buffer.from(bytes ?? []).toString('latin1')

/** A record's value in the words of its schema; a number in it stands in no readable bytes. */
export function decoded({ codec }: World, { topic, record }: Stored): string {
  if (topic.endsWith('.dlt')) return ''
  const read = codec.decode(topic as TopicName, record.value)
  return read.ok ? JSON.stringify(read.value) : ''
}

export const headersOf = ({ headers }: Pick<LogRecord, 'headers'>): string =>
  Object.entries(headers)
    .map(([name, value]) => `${name}: ${[value ?? []].flat().map(asText).join()}`)
    .join('\n')
