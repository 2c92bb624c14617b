/** Recordings straight from the audit topics. */
import type { RecordOf, TopicName } from '../../topology.ts'
import type { Codec, LogClient, LogRecord } from '../../platform/ports.ts'
import { isIn, type Recorded, type RecordingSource, type Shard } from './source.ts'

interface TopicsOptions {
  readonly client: Pick<LogClient, 'reader' | 'offsets'>
  readonly codec: Codec
  /** Records appended since. */
  readonly from: 'start' | { readonly timeMs: number }
}

const ALL: Shard = { index: 0, count: 1 }

export function topicsSource({ client, codec, from }: TopicsOptions): RecordingSource {
  async function count(topic: TopicName): Promise<number> {
    const { offsets } = client
    const first = from === 'start' ? offsets.starts(topic) : offsets.at(topic, from.timeMs)
    const [starts, ends] = await Promise.all([first, offsets.ends(topic)])
    return ends.reduce((all, end, partition) => all + end - (starts[partition] ?? end), 0)
  }

  async function each<T extends TopicName>(
    topic: T,
    since: TopicsOptions['from'],
    shard: Shard,
    onRecord: (read: Recorded<RecordOf[T]>) => void,
  ): Promise<void> {
    // A schema that must be asked for holds up what follows it, so that order is kept.
    let turn: Promise<void> = Promise.resolve()
    const tell = async (record: LogRecord): Promise<void> => {
      let decoded = codec.decode(topic, record.value)
      if (!decoded.ok && decoded.retry) {
        await codec.learn(decoded.schemaId)
        decoded = codec.decode(topic, record.value)
      }
      const where = `${topic} ${record.partition}:${record.offset}`
      onRecord({ value: decoded.ok ? decoded.value : null, where })
    }
    const tellAll = async (before: Promise<void>, records: readonly LogRecord[]) => {
      await before
      for (const record of records) await tell(record)
    }
    await client.reader.read({ topics: [topic], from: since, until: 'end' }, (batch) => {
      if (!isIn(shard, batch.partition)) return
      turn = tellAll(turn, batch.records)
    })
    await turn
  }

  return {
    async size() {
      const [decisions, late] = await Promise.all([count('audit.decision'), count('audit.late')])
      return { decisions, late }
    },
    async policyTexts() {
      const texts = new Map<string, string>()
      await each('audit.policy', 'start', ALL, ({ value }) => {
        if (value === null) return
        // Published again it is the newest again.
        texts.delete(value.policyVersion)
        texts.set(value.policyVersion, value.text)
      })
      return texts
    },
    late: (shard, onRecord) => each('audit.late', from, shard, onRecord),
    decisions: (shard, onRecord) => each('audit.decision', from, shard, onRecord),
  }
}
