import { describe, expect, test } from 'vitest'
import type { LogRecord } from '../../../services/platform/ports.ts'
import { flowOf } from '../../../services/router/core/flow.ts'
import type { PartitionPorts } from '../../../services/router/partition-router.ts'
import { createIntake } from '../../../services/router/intake.ts'
import { createSchemaDesk } from '../../../services/router/schema-desk.ts'
import { arrived, core, T0 } from './core-world.ts'
import { arrival, lookup, world } from './shell-world.ts'

const READS = { arrived: true, lookups: true, routed: true }
const PAUSED = { arrived: false, lookups: false, routed: false }

/** An intake whose records all wait for the registry, which does not answer. */
function waiting(open = true) {
  const { codec, time, pass } = world()
  const life = { closed: false, open }
  codec.forget(codec.idOf('call.arrived'))
  codec.forget(codec.idOf('call.lookup'))
  codec.setRegistry('down')
  const dropped: number[] = []
  const ports = {
    codec,
    clock: time,
    schemas: createSchemaDesk(codec, time),
    observe: { noticed: (_what: string, count: number) => dropped.push(count) },
    recordBytesMax: 1000,
    partitions: 1,
  } as unknown as PartitionPorts
  const intake = createIntake({ partition: 0, heldBytesMax: 10_000 }, ports, () => undefined, {
    closed: () => life.closed,
    open: () => life.open,
    knows: () => false,
  })
  const record = (topic: 'call.arrived' | 'call.lookup', offset: number): LogRecord => ({
    topic,
    partition: 0,
    offset,
    appendedAt: T0,
    key: Buffer.from('call-1'),
    value:
      topic === 'call.arrived'
        ? codec.encode(topic, arrival)
        : codec.encode(topic, { ...lookup, detail: 'x'.repeat(500) }),
    headers: {},
  })
  return { codec, pass, intake, record, life, dropped }
}

describe('§4.9 what waits for the registry is bounded', () => {
  test('it is counted until the registry answers', async () => {
    const { codec, pass, intake, record } = waiting()
    for (let offset = 0; offset < 10; offset += 1) {
      intake.arrival(record('call.arrived', offset))
      intake.lookup(record('call.lookup', offset))
    }
    await pass(5000)
    expect(intake.holdings.bytes('arrived')).toBeGreaterThan(5000)
    expect(intake.holdings.bytes('lookups')).toBeGreaterThan(10_000)
    codec.setRegistry('up')
    await pass(1000)
    expect(intake.holdings.bytes('arrived')).toBe(0)
    expect(intake.holdings.bytes('lookups')).toBe(0)
  })

  test('reading pauses at the limit and goes on at half of it', () => {
    const { state } = core({ heldBytesMax: 1000 })
    for (const topic of ['arrived', 'lookups', 'routed'] as const) {
      const held = (bytes: number) => (one: string) => (one === topic ? bytes : 0)
      expect(flowOf(state(), READS, held(999))).toEqual(READS)
      expect(flowOf(state(), READS, held(1000))).toEqual({ ...READS, [topic]: false })
      expect(flowOf(state(), PAUSED, held(500))[topic]).toBe(false)
      expect(flowOf(state(), PAUSED, held(499))[topic]).toBe(true)
    }
  })

  test('what the gate waits for is read all the same, and what is too much then dropped', () => {
    const { state } = core({ heldBytesMax: 1000 }, false)
    expect(flowOf(state(), READS, () => 1e9)).toMatchObject({ lookups: true, routed: true })
    const { intake, record, dropped } = waiting(false)
    for (let offset = 0; offset < 100; offset += 1) intake.lookup(record('call.lookup', offset))
    expect(intake.holdings.bytes('lookups')).toBeLessThan(12_000)
    expect(dropped.length).toBeGreaterThan(80)
  })

  test('arrivals pause while too many dead letters are owed', () => {
    const { run, state } = core({ openMax: 10 })
    for (let offset = 0; offset < 40; offset += 1) {
      run({ type: 'passed-over', offset, appendedAt: T0 }, T0)
    }
    expect(flowOf(state(), READS).arrived).toBe(false)
    for (let offset = 0; offset < 25; offset += 1) run({ type: 'letter-written', offset }, T0)
    expect(flowOf(state(), PAUSED).arrived).toBe(true)
    // One alone that can't be written stops nobody, however many come after it.
    for (let offset = 25; offset < 39; offset += 1) run({ type: 'letter-written', offset }, T0)
    for (let offset = 40; offset < 1000; offset += 1) {
      run(arrived(offset, 'call-1', T0), T0)
    }
    expect(flowOf(state(), READS).arrived).toBe(true)
  })

  test('decisions that come long after the last arrival are read, until many are kept', () => {
    const { run, state } = core({ openMax: 3 })
    run(arrived(0, 'call-1', T0), T0)
    const decided = (n: number): void => {
      const at = T0 + 45_000 + n
      const marker = { callId: `other-${n}`, requestNo: 1, decisionId: `${n}` }
      run({ type: 'marker', ...marker, decidedAt: at, appendedAt: at }, at)
    }
    decided(1)
    decided(2)
    expect(flowOf(state(), READS).routed).toBe(true)
    decided(3)
    expect(flowOf(state(), READS).routed).toBe(false)
  })
})
