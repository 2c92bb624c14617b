/** Kafka behind the ports. */
import type { TopicName } from '../../topology.ts'
import { crowding } from '../crowding.ts'
import type { GroupConsumer, Haste, LogClient, LogProducer } from '../ports.ts'
import type { KafkaOptions } from './connection.ts'
import { createFetchRounds } from './fetch/rounds.ts'
import { createGroup } from './group.ts'
import { createOffsets } from './offsets.ts'
import { createPace, FETCHES, type Pace } from './pace.ts'
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
  const paceOf = (haste: Haste): Pace => createPace(FETCHES[haste], crowding)
  const paces = { prompt: paceOf('prompt'), patient: paceOf('patient') }
  const rounds = createFetchRounds(paces, wire.names)
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
