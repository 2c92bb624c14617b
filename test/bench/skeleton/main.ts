/**
 * The floor: the same topics, records of about the same size and the same client, without codec,
 * lookups and policy. `enricher NAME...` answers every arrival at once for each name; `router` joins by key
 * and writes a decision and its audit. What it costs is what client and brokers cost.
 */
import { settingsFromEnvironment } from '../../../services/platform/environment.ts'
import { createClock } from '../../../services/platform/clock.ts'
import { connectLog } from '../../../services/platform/kafka/client.ts'
import { kafkaOptions } from '../../../services/platform/kafka-options.ts'
import type { GroupHandler, LogClient, LogProducer } from '../../../services/platform/ports.ts'
import type { TopicName } from '../../../services/topology.ts'

/** Means of the example deployment's records, as its topics hold them. */
const LOOKUP = new Uint8Array(260)
const DECISION = new Uint8Array(900)
const AUDIT = new Uint8Array(800)
const LOOKUPS = 4
const COMMIT_EVERY_MS = 1000
const OPEN_MAX = 200_000

const settings = settingsFromEnvironment()
const clock = createClock({ keepAlive: true })
const [role, ...names] = process.argv.slice(2)
const client = await connectLog(kafkaOptions(settings, `skeleton-${role}`, { clock }))
const producer = await client.producer('decisions')

/** Reads the group's topics from their ends and commits what was read. */
async function follow(
  log: LogClient,
  groupId: string,
  topics: readonly TopicName[],
  onRecord: (topic: string, partition: number, key: string) => void,
): Promise<void> {
  const group = log.group(groupId, topics)
  const positions = new Map<string, { topic: TopicName; partition: number; offset: number }>()
  const { promise: ready, resolve } = Promise.withResolvers<void>()
  const handler: GroupHandler = {
    assigned({ gained }) {
      void (async () => {
        for (const topic of topics) {
          const ends = await log.offsets.ends(topic)
          for (const partition of gained) group.seek(topic, partition, ends[partition] ?? 0)
          group.resume(topic, gained)
        }
        resolve()
      })()
    },
    revoking: () => undefined,
    interrupted: () => undefined,
    records({ topic, partition, records, nextOffset }) {
      for (const { key } of records) onRecord(topic, partition, String(key))
      const read = topics.find((each) => each === topic)
      if (read !== undefined) {
        positions.set(`${topic} ${partition}`, { topic: read, partition, offset: nextOffset })
      }
    },
  }
  const commit = (): void => {
    void group.commit([...positions.values()]).catch(() => undefined)
    clock.after(COMMIT_EVERY_MS, commit)
  }
  await group.start(handler)
  clock.after(COMMIT_EVERY_MS, commit)
  await ready
}

function append(to: LogProducer, topic: TopicName, at: number, key: string, value: Uint8Array) {
  void to.append({ topic, partition: at, key, value }).catch(() => undefined)
}

if (role === 'router') {
  const audits = await client.producer('audit', 'patient')
  const seen = new Map<string, number>()
  await follow(client, 'skeleton-router', ['call.arrived', 'call.lookup'], (_, at, key) => {
    const count = (seen.get(key) ?? 0) + 1
    seen.set(key, count)
    if (seen.size > OPEN_MAX) seen.delete(seen.keys().next().value ?? '')
    if (count !== LOOKUPS + 1) return
    append(producer, 'call.routed', at, key, DECISION)
    append(audits, 'audit.decision', at, key, AUDIT)
  })
} else {
  for (const name of names) {
    await follow(client, `skeleton-${name}`, ['call.arrived'], (_, at, key) =>
      append(producer, 'call.lookup', at, key, LOOKUP),
    )
  }
}
process.stdout.write('{"msg":"ready"}\n')
process.once('SIGTERM', () => void client.close().finally(() => process.exit(0)))
