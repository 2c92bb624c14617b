import { afterEach, describe, expect, it } from 'vitest'
import { startAcd, type Acd } from '../../../infra/acd/acd.ts'
import type { HeardDecision } from '../../../infra/acd/desk.ts'
import { createCallMix, type Shares } from '../../../infra/switch/calls.ts'
import { startSwitch, type Switch } from '../../../infra/switch/switch.ts'
import { createPeople } from '../../../infra/stubs/people.ts'
import type { CallRouted } from '../../../schemas/records.ts'
import { HORIZON_MS } from '../../../services/domain/horizon.ts'
import type { GroupConsumer, GroupHandler } from '../../../services/platform/ports.ts'
import { memoryCodec } from '../../../services/platform/memory-codec.ts'
import { memoryBroker } from '../../../services/platform/memory/broker.ts'
import { memoryClient } from '../../../services/platform/memory/client.ts'
import { memoryProcess } from '../../../services/platform/memory/process.ts'
import { virtualTime } from '../../../services/platform/memory/virtual-time.ts'
import { calm, seededRandom } from '../../../services/platform/memory/weather.ts'
import { callRouted } from '../../records.ts'

const PARTITIONS = 4
const people = createPeople(3, 500)
const NONE: Shares = {
  unknownCaller: 0,
  repeatCaller: 0,
  withheld: 0,
  virtualAgent: 0,
  transfer: 0,
  asksAgain: 0,
  repeatedRecord: 0,
  ownLimit: 0,
  unreadable: 0,
}

const routed = (over: Partial<CallRouted>): CallRouted =>
  callRouted({ callId: 'c', decisionId: 'd', arrivedAt: 0, decideBy: 0, decidedAt: 0, ...over })

const drivers: { stop(): Promise<void> }[] = []
afterEach(async () => {
  for (const driver of drivers.splice(0)) await driver.stop()
})

function world() {
  const time = virtualTime()
  const broker = memoryBroker(time, { partitions: PARTITIONS })
  const codec = memoryCodec()
  let clients = 0
  const driver = time.drive()
  drivers.push(driver)
  const client = () => {
    clients += 1
    return memoryClient(broker, memoryProcess(time), calm(seededRandom(1)), `client-${clients}`)
  }
  const pass = (delayMs: number) => new Promise<void>((resolve) => time.after(delayMs, resolve))
  const now = () => Math.floor(time.nowMs())
  return { time, now, codec, client, pass, clock: time.clock() }
}
type World = ReturnType<typeof world>

async function switchIn(
  { codec, client, clock, now }: World,
  calls: number,
  shares: Partial<Shares>,
): Promise<Switch> {
  return startSwitch({
    mix: createCallMix({ seed: 5, run: 'r', people, shares: { ...NONE, ...shares } }),
    calls,
    ratePerS: 50,
    partitions: PARTITIONS,
    patienceMs: 3000,
    producer: await client().producer('switch'),
    codec,
    clock,
    unixMs: now,
  })
}

function acdIn({ codec, client, clock }: World, onDecision: (heard: HeardDecision) => void): Acd {
  return startAcd({
    client: client(),
    codec,
    clock,
    groupId: 'acd',
    newGroupFrom: 'start',
    onDecision,
  })
}

describe('the mix of calls', () => {
  it('is the same for the same seed, and another for another', () => {
    const draw = (seed: number) => {
      const mix = createCallMix({ seed, run: 'r', people })
      return Array.from({ length: 200 }, () => mix.next())
    }
    expect(draw(1)).toEqual(draw(1))
    expect(draw(1)).not.toEqual(draw(2))
  })

  it('holds every kind of call, and names no call twice', () => {
    const mix = createCallMix({ seed: 1, run: 'r', people })
    const calls = Array.from({ length: 3000 }, () => mix.next())
    const anis = calls.map(({ arrival }) => arrival.ani)
    expect(new Set(calls.map(({ arrival }) => arrival.callId)).size).toBe(calls.length)
    expect(anis.filter((ani) => ani === null).length).toBeGreaterThan(20)
    expect(anis.some((ani) => ani?.startsWith('+44') === true)).toBe(true)
    for (const kind of [
      calls.filter(({ arrival }) => arrival.transferOf !== null),
      calls.filter(({ arrival }) => arrival.virtualAgent !== null),
      calls.filter(({ arrival }) => arrival.decideWithinMs !== null),
      calls.filter(({ arrival }) => arrival.aniPresentation === 'RESTRICTED'),
      calls.filter(({ asksAgain }) => asksAgain !== null),
      calls.filter(({ repeatedAfterMs }) => repeatedAfterMs !== null),
      calls.filter(({ unreadable }) => unreadable),
    ]) {
      expect(kind.length).toBeGreaterThan(0)
    }
  })
})

describe('the switch', () => {
  it('sends at its rate whatever becomes of the calls, and routes itself those it hears nothing of', async () => {
    const here = world()
    const startedAt = here.time.nowMs()
    const telephony = await switchIn(here, 100, {})
    await telephony.done
    const { log } = telephony
    const span = Math.max(...log.published.map(({ appendedAt }) => appendedAt)) - startedAt
    expect(span).toBeGreaterThan(1900)
    expect(span).toBeLessThan(2200)
    expect(log.published).toHaveLength(100)
    expect(log.defaulted).toHaveLength(100)
    expect(log.heard()).toBe(0)
  })

  it('sends repeats of the same request, and asks again once it has heard', async () => {
    const here = world()
    const telephony = await switchIn(here, 20, { repeatedRecord: 1, asksAgain: 1 })
    const listen = async (): Promise<void> => {
      for (const request of telephony.log.published) telephony.hear(request)
      await here.pass(20)
      return listen()
    }
    await Promise.race([telephony.done, listen()])
    const { published, defaulted } = telephony.log
    expect(published.filter(({ repeat }) => repeat)).toHaveLength(20)
    expect(published.filter(({ requestNo }) => requestNo === 2)).toHaveLength(20)
    expect([defaulted.length, telephony.log.heard()]).toEqual([0, 40])
  })
})

describe('the ACD', () => {
  it('acts on the first readable, not void record of a request, and on no other', async () => {
    const here = world()
    const { now, codec, client, pass } = here
    const producer = await client().producer('router')
    const write = (decision: Partial<CallRouted> | null) =>
      producer.append({
        topic: 'call.routed',
        partition: 0,
        key: 'c',
        value:
          decision === null ? new Uint8Array([9]) : codec.encode('call.routed', routed(decision)),
      })
    await write(null)
    await write({ decisionId: 'void', decidedAt: now() - HORIZON_MS })
    await write({ decisionId: 'first', decidedAt: now() })
    await write({ decisionId: 'second', decidedAt: now() })
    await write({ decisionId: 'again', requestNo: 2, decidedAt: now() })
    const acted: string[] = []
    const acd = acdIn(here, ({ decision }) => acted.push(decision.decisionId))
    await acd.ready
    await pass(1000)
    expect(acted).toEqual(['first', 'again'])
    expect(acd.counts).toEqual({ acted: 2, repeated: 1, void: 1, unreadable: 1 })
    await acd.stop()
  })

  it('a partition whose takeover another rebalance overtook is read all the same', async () => {
    const { codec, client, clock, pass } = world()
    const answers: (() => void)[] = []
    const resumed: number[] = []
    const told: GroupHandler[] = []
    const slow: GroupConsumer = {
      ...client().group('unused', ['call.routed']),
      start: (handler) => Promise.resolve(void told.push(handler)),
      committed: () => new Promise((resolve) => answers.push(() => resolve(new Map()))),
      seek: () => undefined,
      resume: (_topic, partitions) => void resumed.push(...partitions),
      stop: () => Promise.resolve(),
    }
    const acd = startAcd({
      client: { ...client(), group: () => slow },
      codec,
      clock,
      groupId: 'acd',
      newGroupFrom: 'start',
      onDecision: () => undefined,
    })
    const [handler] = told
    handler?.assigned({ epoch: 1, partitions: [0, 1, 2], gained: [0, 1, 2], lost: [] })
    handler?.assigned({ epoch: 2, partitions: [0, 1], gained: [], lost: [2] })
    for (const answer of answers) answer()
    await pass(1000)
    expect(resumed).toEqual([0, 1])
    await acd.stop()
  })

  it('after a restart knows what it heard within the horizon, and acts on nothing twice', async () => {
    const here = world()
    const { now, codec, client, pass } = here
    const producer = await client().producer('router')
    const write = (callId: string) =>
      producer.append({
        topic: 'call.routed',
        partition: 0,
        key: callId,
        value: codec.encode('call.routed', routed({ callId, decidedAt: now() })),
      })
    const acted: string[] = []
    const start = () => acdIn(here, ({ decision }) => acted.push(decision.callId))
    const before = start()
    await write('a')
    await write('b')
    await pass(3000)
    await before.stop()
    await write('a')
    await write('c')
    const after = start()
    await pass(3000)
    expect(acted).toEqual(['a', 'b', 'c'])
    expect(after.counts).toMatchObject({ acted: 1, repeated: 1 })
    await after.stop()
  })
})
