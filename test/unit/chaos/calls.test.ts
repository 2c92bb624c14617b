import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { openCalls } from '../../../services/chaos/calls.ts'
import { openTruth } from '../../../services/chaos/truth.ts'
import { memoryCodec } from '../../../services/platform/memory-codec.ts'
import { memoryBroker } from '../../../services/platform/memory/broker.ts'
import { memoryClient } from '../../../services/platform/memory/client.ts'
import { memoryProcess } from '../../../services/platform/memory/process.ts'
import { virtualTime } from '../../../services/platform/memory/virtual-time.ts'
import type { LogClient } from '../../../services/platform/ports.ts'
import { calm, seededRandom } from '../../../services/platform/memory/weather.ts'

test('calls end with the campaign, also where it is broken off', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'crosspoint-calls-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const time = virtualTime()
  const broker = memoryBroker(time, { partitions: 2 })
  const { clock, ...process } = memoryProcess(time)
  const plain = memoryClient(broker, { clock, ...process }, calm(seededRandom(1)), 'chaos')
  let asked = 0
  const client: LogClient = {
    ...plain,
    async producer(purpose) {
      const producer = await plain.producer(purpose)
      return { ...producer, append: (record) => ((asked += 1), producer.append(record)) }
    },
  }
  const connection = { client, codec: memoryCodec(), clock }
  const truth = openTruth(join(folder, 'truth.jsonl'))
  const stack = new AsyncDisposableStack()
  const opening = openCalls({ connection, partitions: 2, windowMs: 2500, truth, seed: 1 }, stack)
  await time.runUntil(time.nowMs() + 1000)
  const calls = await opening
  calls.begin(50)
  await time.runUntil(time.nowMs() + 2000)
  expect(calls.counts().sent).toBeGreaterThan(50)
  const ending = stack.disposeAsync()
  await time.runUntil(time.nowMs() + 2000)
  await ending
  const before = asked
  await time.runUntil(time.nowMs() + 10_000)
  expect(asked).toBe(before)
})
