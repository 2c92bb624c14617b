/** Kafka behind the ports. */
import type { TopicName } from '../../topology.ts'
import { crowding } from '../crowding.ts'
import type { GroupConsumer, Haste, LogClient, LogProducer } from '../ports.ts'
import type { KafkaOptions } from './connection.ts'
import { createFetchRounds, type FetchRounds } from './fetch/rounds.ts'
import { createGroup } from './group.ts'
import { createOffsets } from './offsets.ts'
import { createPace, FETCHES } from './pace.ts'
import { openProducer } from './producer.ts'
import { createReader } from './reader.ts'
import { openWire } from './wire.ts'

const CLOSE_WITHIN_MS = 3000

/**
 * Connects to a cluster. Rejects within about twelve seconds with XP_BROKER_UNREACHABLE,
 * XP_BROKER_AUTH or XP_BROKER_TLS when no broker lets us in. Closing it also stops its consumers and
 * closes its producers.
 */
export async function connectLog(options: KafkaOptions): Promise<LogClient> {
  const wire = await openWire(options, 'client')
  const groups: GroupConsumer[] = []
  const producers: LogProducer[] = []
  const roundsOf = (haste: Haste): FetchRounds =>
    createFetchRounds(createPace(FETCHES[haste], crowding), wire.names)
  const rounds = { prompt: roundsOf('prompt'), patient: roundsOf('patient') }
  return {
    offsets: createOffsets(wire),
    reader: createReader(options),
    async producer(purpose, haste = 'prompt') {
      const producer = await openProducer(options, purpose, haste)
      producers.push(producer)
      return producer
    },
    group(groupId, topics: readonly TopicName[], haste = 'prompt') {
      const group = createGroup(options, wire, groupId, topics, rounds[haste])
      groups.push(group)
      return group
    },
    async close() {
      await Promise.all(groups.map((group) => group.stop()))
      await Promise.all(producers.map((producer) => producer.close(CLOSE_WITHIN_MS)))
      await wire.close()
    },
  }
}
