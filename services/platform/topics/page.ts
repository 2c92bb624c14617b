/** docs/topics.md, from the topic table. */
import { DEAD_LETTER_RETENTION_MS, TOPIC_NAMES, TOPICS } from '../../topology.ts'
import { INDEX_EVERY_BYTES } from './plan.ts'

const HOUR_MS = 3_600_000

function kept(retentionMs: number | null, compacted: boolean): string {
  if (compacted) return 'for ever, newest of each key'
  if (retentionMs === null) return 'for ever'
  const hours = retentionMs / HOUR_MS
  return hours % 24 === 0 && hours > 24 ? `${hours / 24} days` : `${hours} hours`
}

export function topicsPage(): string {
  const rows = TOPIC_NAMES.map((name) => {
    const { schema, partitions, retentionMs, compacted, key, writers, readers, deadLettersBy } =
      TOPICS[name]
    const cells = [
      `\`${name}\``,
      `[${schema}](../schemas/${schema}.avsc)`,
      key,
      partitions === 'calls' ? '`CALL_PARTITIONS`' : String(partitions),
      kept(retentionMs, compacted === true),
      writers.join(', '),
      readers.join(', ') || '–',
      deadLettersBy === undefined ? '–' : `\`${name}.dlt\` by ${deadLettersBy}`,
    ]
    return `| ${cells.join(' | ')} |`
  })
  return (
    '<!-- Generated from services/topology.ts by `npm run generate`. -->\n# Topics\n\n' +
    'Names are without `TOPIC_PREFIX`. Values are Avro in the Confluent wire format, subject ' +
    '`<prefix><topic>-value`. All topics carry append times (`message.timestamp.type=LogAppendTime`) ' +
    `and index nearly every batch (\`index.interval.bytes=${INDEX_EVERY_BYTES}\`: who follows a topic asks for its end all the time). ` +
    `Dead letters are kept ${kept(DEAD_LETTER_RETENTION_MS, false)}. \`crosspoint topics apply\` ` +
    'creates them, `crosspoint topics acls` prints the rights each role needs.\n\n' +
    '| topic | record | key | partitions | kept | written by | read by | dead letters |\n' +
    `|---|---|---|---|---|---|---|---|\n${rows.join('\n')}\n`
  )
}
