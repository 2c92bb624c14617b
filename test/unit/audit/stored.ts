/** Topics in memory, for tests of what people run over them. */
import { memoryCodec } from '../../../services/platform/memory-codec.ts'
import { memoryBroker } from '../../../services/platform/memory/broker.ts'
import { memoryClient } from '../../../services/platform/memory/client.ts'
import { memoryProcess } from '../../../services/platform/memory/process.ts'
import { virtualTime } from '../../../services/platform/memory/virtual-time.ts'
import { calm, seededRandom } from '../../../services/platform/memory/weather.ts'
import type { Codec, LogClient } from '../../../services/platform/ports.ts'
import type { RecordOf, TopicName } from '../../../services/topology.ts'

export interface StoredSource {
  readonly reader: LogClient['reader']
  readonly offsets: LogClient['offsets']
  readonly codec: Codec
}

/** Two partitions of every topic; `read` lets virtual time run while it works. */
export function storedTopics() {
  const time = virtualTime()
  const broker = memoryBroker(time, { partitions: 2 })
  const codec = memoryCodec()
  const client = memoryClient(broker, memoryProcess(time), calm(seededRandom(1)), 'tool')
  const put = <T extends TopicName>(
    topic: T,
    value: RecordOf[T],
    partition = 0,
    key: string = 'call-1',
  ) => broker.append({ topic, partition, key, value: codec.encode(topic, value) })
  const read = async <T>(work: (source: StoredSource, client: LogClient) => Promise<T>) => {
    const driver = time.drive()
    try {
      return await work({ reader: client.reader, offsets: client.offsets, codec }, client)
    } finally {
      await driver.stop()
    }
  }
  return { time, broker, codec, put, read }
}
