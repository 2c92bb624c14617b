/** Appending to several leaders, over a wire that is none. */
import { setImmediate as turn } from 'node:timers/promises'
import { expect, test, vi } from 'vitest'
import type { KafkaOptions } from '../../../../services/platform/kafka/connection.ts'
import type { Outcome } from '../../../../services/platform/kafka/produce-request.ts'
import { openProducer } from '../../../../services/platform/kafka/producer.ts'

interface Request {
  readonly leader: string
  readonly partitions: readonly number[]
  answer(): void
}

const requests = vi.hoisted(() => [] as Request[])

vi.mock('../../../../services/platform/kafka/wire.ts', () => ({
  openWire: () =>
    Promise.resolve({
      cluster: { findBroker: ({ nodeId }: { nodeId: string }) => Promise.resolve(nodeId) },
      leader: (_topic: string, partition: number) => `leader ${partition % 2}`,
      close: () => Promise.resolve(),
    }),
}))

vi.mock('../../../../services/platform/kafka/produce-request.ts', () => ({
  produceOnce: (_wire: unknown, leader: string, parts: readonly { partition: number }[]) =>
    new Promise<Outcome[]>((resolve) => {
      const partitions = parts.map(({ partition }) => partition)
      const answer = () => resolve(parts.map(() => ({ ok: true, baseOffset: 0, appendedAt: 1 })))
      requests.push({ leader, partitions, answer })
    }),
}))

test('§4.11 a leader that does not answer is waited for by its own partitions only', async () => {
  let nowMs = 0
  // No request comes closely after another: nothing here is about their pace.
  const clock = { nowMs: () => (nowMs += 1000) }
  const producer = await openProducer({ clock } as unknown as KafkaOptions, 'test', 'prompt')
  const appended: number[] = []
  const append = async (partition: number): Promise<void> => {
    await producer.append({ topic: 'call.routed', partition, key: 'call', value: null })
    appended.push(partition)
  }
  void append(0)
  await turn()
  await turn()
  void append(1)
  void append(2)
  void append(3)
  await turn()
  await turn()
  expect(requests.map(({ leader, partitions }) => [leader, ...partitions])).toEqual([
    ['leader 0', 0],
    ['leader 1', 1, 3],
    ['leader 0', 2],
  ])
  requests[1]?.answer()
  await turn()
  expect(appended).toEqual([1, 3])
})
