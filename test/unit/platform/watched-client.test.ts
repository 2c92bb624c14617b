import { expect, test } from 'vitest'
import { memoryBroker } from '../../../services/platform/memory/broker.ts'
import { memoryClient } from '../../../services/platform/memory/client.ts'
import { memoryProcess } from '../../../services/platform/memory/process.ts'
import { virtualTime } from '../../../services/platform/memory/virtual-time.ts'
import { calm, seededRandom } from '../../../services/platform/memory/weather.ts'
import { watchedClient } from '../../../services/platform/watched-client.ts'

test('lag counts what stands behind the position, and goes when the partition goes', async () => {
  const time = virtualTime()
  const broker = memoryBroker(time, { partitions: 1 })
  const process = memoryProcess(time)
  const told: (number | null)[] = []
  const client = watchedClient(
    memoryClient(broker, process, calm(seededRandom(1)), 'watched'),
    process.clock,
    {
      lag: (_group, _topic, _partition, records) => told.push(records),
      rebuilt: () => undefined,
      skipped: () => undefined,
    },
  )
  const group = client.group('g', ['call.arrived'])
  const started = group.start({
    assigned({ gained }) {
      for (const partition of gained) group.seek('call.arrived', partition, 0)
      if (!gained.includes(0)) return
      time.after(7000, () => group.resume('call.arrived', [0]))
    },
    revoking: () => undefined,
    records: () => undefined,
    interrupted: () => undefined,
  })
  for (let record = 0; record < 3; record += 1) {
    broker.append({ topic: 'call.arrived', partition: 0, key: 'k', value: null })
  }
  await time.runUntil(time.nowMs() + 20_000)
  await started
  const stopped = group.stop()
  await time.runUntil(time.nowMs() + 5000)
  await stopped
  expect(told.at(0)).toBe(3)
  expect(told.at(-2)).toBe(0)
  expect(told.at(-1)).toBeNull()
})
