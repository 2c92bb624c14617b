/** Following a topic, over a wire that is none. */
import { setTimeout as delay } from 'node:timers/promises'
import { expect, test, vi } from 'vitest'
import type { KafkaOptions } from '../../../../services/platform/kafka/connection.ts'
import { FETCHES } from '../../../../services/platform/kafka/pace.ts'
import { createReader } from '../../../../services/platform/kafka/reader.ts'

const wire = vi.hoisted(() => ({ asked: 0, answered: (): void => undefined }))

vi.mock('../../../../services/platform/kafka/wire.ts', () => ({
  openWire: () => {
    const findBroker = () => {
      wire.asked += 1
      return Promise.resolve({})
    }
    return Promise.resolve({
      cluster: { findBroker },
      names: { physical: (topic: string) => topic },
      leader: () => '1',
      close: () => Promise.resolve(),
    })
  },
  pause: (ms: number) => delay(ms),
}))

vi.mock('../../../../services/platform/kafka/call.ts', () => ({
  callBroker() {
    setTimeout(wire.answered)
    return Promise.resolve({ errorCode: 0, sessionId: 0, partitions: [] })
  },
}))

vi.mock('../../../../services/platform/kafka/offsets.ts', () => ({
  createOffsets: () => ({ starts: () => Promise.resolve([0]) }),
}))

test('a read that ends between two fetches asks no broker any more, for it would connect anew', async () => {
  const clock = { nowMs: () => performance.now() }
  const ended = new AbortController()
  wire.answered = () => ended.abort()
  const { signal } = ended
  const following = { topics: ['call.routed'], from: 'start', until: 'never', signal } as const
  await createReader({ clock } as unknown as KafkaOptions).read(following, () => undefined)
  await delay(3 * FETCHES.prompt.crowdedMs)
  expect(wire.asked).toBe(1)
})
