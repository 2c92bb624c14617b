/** Broker time for a service: asked for when nothing else tells it. */
import { expect, test } from 'vitest'
import { pino } from 'pino'
import { keepBrokerClock } from '../../../services/platform/broker-clock.ts'
import { memoryProcess } from '../../../services/platform/memory/process.ts'
import { virtualTime } from '../../../services/platform/memory/virtual-time.ts'
import type { Ack, OutRecord } from '../../../services/platform/ports.ts'

/** Brokers that are an hour ahead and answer after 20 ms, once they are reached at all. */
function brokerClock() {
  const time = virtualTime()
  const { clock } = memoryProcess(time)
  const probed: OutRecord[] = []
  const brokers = { away: true }
  const append = (record: OutRecord): Promise<Ack> => {
    if (brokers.away) return Promise.reject(new Error('nobody there'))
    probed.push(record)
    const sentAtHostMs = clock.nowMs()
    const appendedAt = sentAtHostMs + 3_600_010
    const acked = (): Ack => ({ offset: 0, appendedAt, sentAtHostMs, ackedAtHostMs: clock.nowMs() })
    return new Promise((resolve) => void clock.after(20, () => resolve(acked())))
  }
  const known = keepBrokerClock({
    producer: { append },
    codec: { encode: () => new Uint8Array() },
    clock,
    logger: pino({ level: 'silent' }),
    instanceId: 'somebody',
  })
  return {
    time,
    clock,
    probed,
    brokers,
    known,
    pass: (ms: number) => time.runUntil(time.nowMs() + ms),
  }
}

test('§4.3 broker time is asked for, until it is told, by whoever has to know it', async () => {
  const { known, brokers, probed, clock, pass } = brokerClock()
  const told: boolean[] = []
  void known.fresh(() => true).then((wanted) => told.push(wanted))
  await pass(1000)
  expect([told, known.now()]).toEqual([[], Number.NaN])
  brokers.away = false
  await pass(500)
  expect(told).toEqual([true])
  expect(probed).toMatchObject([{ topic: 'ops.clock', key: 'somebody' }])
  expect(Math.abs(known.now() - clock.nowMs() - 3_600_000)).toBeLessThanOrEqual(known.errorMs())
})

test('§4.3 it is asked for again when nothing was acknowledged lately, and not before', async () => {
  const { known, brokers, probed, pass } = brokerClock()
  brokers.away = false
  for (let passed = 0; passed < 12_000; passed += 100) {
    known.refresh()
    await pass(100)
  }
  expect(probed.length).toBe(3)
})

test('who needs it no more is let go', async () => {
  const { known, pass } = brokerClock()
  const told: boolean[] = []
  void known.fresh(() => false).then((wanted) => told.push(wanted))
  await pass(100)
  expect(told).toEqual([false])
})
