/** What the in-memory broker does beyond the promises every log keeps: faults, zombies, sessions. */
import { describe, expect, test } from 'vitest'
import { memoryBroker } from '../../../../services/platform/memory/broker.ts'
import { memoryClient } from '../../../../services/platform/memory/client.ts'
import { memoryProcess } from '../../../../services/platform/memory/process.ts'
import { virtualTime } from '../../../../services/platform/memory/virtual-time.ts'
import {
  calm,
  seededRandom,
  type ProduceFate,
  type Weather,
} from '../../../../services/platform/memory/weather.ts'
import type { Assignment, LogRecord } from '../../../../services/platform/ports.ts'

function world(overrides: Partial<Weather> = {}) {
  const time = virtualTime(0)
  const broker = memoryBroker(time, { partitions: 4, brokers: 2 })
  const weather = { ...calm(seededRandom(7)), ...overrides }
  const join = async (name: string) => {
    const process = memoryProcess(time)
    const client = memoryClient(broker, process, weather, name)
    const consumer = client.group('group', ['call.arrived'])
    const assignments: Assignment[] = []
    const records: LogRecord[] = []
    await consumer.start({
      assigned(assignment) {
        assignments.push(assignment)
        for (const partition of assignment.gained) consumer.seek('call.arrived', partition, 0)
        consumer.resume('call.arrived', assignment.gained)
      },
      revoking: () => {},
      records: (batch) => void records.push(...batch.records),
      interrupted: () => {},
    })
    const holds = (): readonly number[] => assignments.at(-1)?.partitions ?? []
    return { process, client, consumer, assignments, records, holds }
  }
  const pass = (ms: number): Promise<void> => time.runUntil(time.nowMs() + ms)
  const write = (partition: number, value: string): LogRecord =>
    broker.append({ topic: 'call.arrived', partition, key: value, value: Buffer.from(value) })
  return { time, broker, weather, join, pass, write }
}

describe('sessions', () => {
  test('what a killed member held goes to another only when its session has ended', async () => {
    const { join, pass } = world()
    const killed = await join('killed')
    await pass(1000)
    const other = await join('other')
    await pass(2000)
    expect(other.holds()).toHaveLength(2)
    killed.process.kill()
    await pass(5000)
    expect(other.holds()).toHaveLength(2)
    await pass(3000)
    expect(other.holds()).toHaveLength(4)
  })

  test('a zombie goes on reading until it learns that it is out, and may commit nothing', async () => {
    const { join, pass, write } = world()
    const zombie = await join('zombie')
    await pass(1000)
    const other = await join('other')
    await pass(2000)
    const [held = 0] = zombie.holds()
    zombie.process.freeze()
    await pass(8000)
    expect(other.holds()).toContain(held)
    write(held, 'meanwhile')
    zombie.process.thaw()
    const commit = zombie.consumer.commit([{ topic: 'call.arrived', partition: held, offset: 1 }])
    const refused = expect(commit).rejects.toMatchObject({ code: 'XP_COMMIT_STALE' })
    await pass(50)
    await refused
    expect(zombie.records.some(({ partition }) => partition === held)).toBe(true)
  })

  test('a member that was dropped gains everything it is given when it comes back', async () => {
    const { join, pass } = world()
    const zombie = await join('zombie')
    await pass(1000)
    zombie.process.freeze()
    await pass(8000)
    zombie.process.thaw()
    await pass(2000)
    const [before, after] = zombie.assignments
    expect(before?.gained).toHaveLength(4)
    expect(after?.gained).toHaveLength(4)
    expect(after?.lost).toEqual([])
  })
})

describe('appending', () => {
  test('a lost acknowledgement leaves the record twice, and the second is acknowledged', async () => {
    const fates: ProduceFate[] = [
      { appended: true, acknowledged: false, noticedAfterMs: 100 },
      { appended: true, acknowledged: true, noticedAfterMs: 0 },
    ]
    const { time, broker, weather } = world({
      produce: () => fates.shift() ?? { appended: true, acknowledged: true, noticedAfterMs: 0 },
    })
    const client = memoryClient(broker, memoryProcess(time), weather, 'producer')
    const producer = await client.producer('test')
    const acked = producer.append({ topic: 'call.routed', partition: 1, key: 'k', value: null })
    await time.run()
    expect((await acked).offset).toBe(1)
    expect(broker.records('call.routed')).toHaveLength(2)
  })

  test('is given up after 20 s of refusals', async () => {
    const { time, broker, weather } = world({
      produce: () => ({ appended: false, acknowledged: false, noticedAfterMs: 10 }),
    })
    const client = memoryClient(broker, memoryProcess(time), weather, 'producer')
    const producer = await client.producer('test')
    const outcome = expect(
      producer.append({ topic: 'call.routed', partition: 1, key: 'k', value: null }),
    ).rejects.toMatchObject({ code: 'XP_PRODUCE_FAILED' })
    await time.run()
    await outcome
    expect(time.nowMs()).toBeGreaterThan(20_000)
    expect(time.nowMs()).toBeLessThan(21_000)
  })

  test('what a killed process had sent is appended all the same', async () => {
    const { time, broker, weather } = world()
    const process = memoryProcess(time)
    const client = memoryClient(broker, process, weather, 'producer')
    const producer = await client.producer('test')
    void producer.append({ topic: 'call.routed', partition: 0, key: 'k', value: null })
    await time.runUntil(0)
    process.kill()
    await time.run()
    expect(broker.records('call.routed')).toHaveLength(1)
  })

  test('append times carry the skew of the leader, and go back where another one leads', () => {
    const { broker, write } = world()
    const { leader } = broker.log('call.arrived', 0)
    broker.skew(leader, 40)
    expect(write(0, 'a').appendedAt).toBe(40)
    broker.skew(leader, -40)
    expect(write(0, 'b').appendedAt).toBe(-40)
    broker.skew(leader, 0)
    expect(write(0, 'c').appendedAt).toBe(0)
    // As Kafka answers: the first record by offset that is not before that time.
    expect(broker.at('call.arrived', 0, 0)).toBe(0)
    expect(broker.at('call.arrived', 0, 41)).toBe(3)
  })

  test('a larger value than a topic takes is refused', async () => {
    const time = virtualTime(0)
    const broker = memoryBroker(time, { partitions: 1, valueBytesMax: 10 })
    const client = memoryClient(broker, memoryProcess(time), calm(seededRandom(1)), 'producer')
    const producer = await client.producer('test')
    const record = {
      topic: 'call.routed',
      partition: 0,
      key: 'k',
      value: Buffer.alloc(11),
    } as const
    await expect(producer.append(record)).rejects.toMatchObject({ code: 'XP_RECORD_TOO_LARGE' })
  })
})

describe('a partition whose leader moves', () => {
  async function moving() {
    const { broker, time, join, pass, write } = world()
    const member = await join('reader')
    const client = memoryClient(broker, memoryProcess(time), calm(seededRandom(3)), 'writer')
    const producer = await client.producer('test')
    await pass(1000)
    const append = (value: string) =>
      producer.append({ topic: 'call.arrived', partition: 0, key: value, value: null })
    return { broker, client, member, pass, write, append }
  }
  const keysOf = (records: readonly LogRecord[]) => records.map(({ key }) => String(key))

  test('takes records again once it has another, in their order and each once', async () => {
    const { broker, member, pass, append } = await moving()
    const { leader } = broker.log('call.arrived', 0)
    const first = append('a')
    await pass(100)
    broker.lead('call.arrived', 0, 1 - leader, 1000)
    const others = [append('b'), append('c')]
    await pass(500)
    const last = append('d')
    expect(broker.records('call.arrived')).toHaveLength(1)
    await pass(2000)
    await Promise.all([first, ...others, last])
    expect(keysOf(broker.records('call.arrived'))).toEqual(['a', 'b', 'c', 'd'])
    expect(keysOf(member.records)).toEqual(['a', 'b', 'c', 'd'])
  })

  test('tells nothing of its offsets while it has none', async () => {
    const { broker, client, pass } = await moving()
    broker.lead('call.arrived', 0, 1, 1000)
    const asked = expect(client.offsets.ends('call.arrived')).rejects.toMatchObject({
      code: 'XP_BROKER_UNREACHABLE',
    })
    await pass(100)
    await asked
    await pass(1000)
    const answered = client.offsets.ends('call.arrived')
    await pass(100)
    expect(await answered).toEqual([0, 0, 0, 0])
  })
})

test('reading begins where retention left something', async () => {
  const { broker, join, pass, write } = world()
  for (const value of ['a', 'b', 'c']) write(0, value)
  broker.trim('call.arrived', 0, 2)
  const reader = await join('reader')
  await pass(1000)
  expect(reader.records.map(({ offset }) => offset)).toEqual([2])
  expect(broker.at('call.arrived', 0, 0)).toBe(2)
})
