import { describe, expect, test } from 'vitest'
import { calm } from '../../../services/platform/memory/weather.ts'
import { world } from './shell-world.ts'

const unique = (calls: readonly string[]): number => new Set(calls).size

describe("the router's shell", () => {
  test('§4.2 decides once all is settled, in the partition of the arrival', async () => {
    const { start, arrive, settleAll, decisions, pass } = world()
    const { router } = await start()
    expect(router.ready()).toBe(true)
    arrive('call-1', 1)
    settleAll('call-1', 1)
    await pass(200)
    const [decision, ...others] = decisions()
    expect(others).toEqual([])
    expect(decision).toMatchObject({ callId: 'call-1', lane: 'PRIMARY', routerId: 'router-1' })
    expect(decision?.at.partition).toBe(1)
    expect(['ALL_SETTLED', 'OUTCOME_CERTAIN']).toContain(decision?.trigger)
  })

  test('§4.3 decides before decideBy on a partition with no further traffic', async () => {
    const { start, arrive, decisions, pass } = world()
    await start()
    await pass(60_000)
    arrive('call-1')
    await pass(3000)
    const [decision] = decisions()
    expect(decision?.trigger).toBe('DEADLINE')
    expect(decision?.appendedAt).toBeLessThanOrEqual(decision?.decideBy ?? 0)
    expect(decision?.decidedAt).toBeGreaterThanOrEqual((decision?.decideBy ?? 0) - 260)
  })

  test('§4.6 a kill mid-window loses no call and decides none twice', async () => {
    const { start, arrive, decidedCalls, pass } = world()
    const { process } = await start()
    for (let call = 0; call < 40; call += 1) arrive(`call-${call}`, call % 2)
    await pass(1000)
    for (let call = 40; call < 80; call += 1) arrive(`call-${call}`, call % 2)
    await pass(1255)
    process.kill()
    await pass(20_000)
    await start()
    await pass(3000)
    expect(unique(decidedCalls())).toBe(80)
    expect(decidedCalls()).toHaveLength(80)
  })

  test('§4.6 a router killed before its first commit loses no call, however long it is away', async () => {
    const { start, arrive, decidedCalls, pass } = world()
    const { process } = await start()
    await pass(1000)
    process.kill()
    arrive('call-1')
    await pass(600_000)
    await start()
    await pass(3000)
    expect(decidedCalls()).toEqual(['call-1'])
  })

  test('§4.7 a router that slept decides nothing that another has decided', async () => {
    const { start, arrive, decisions, pass } = world()
    const first = await start()
    arrive('call-1')
    arrive('call-2', 1)
    await pass(500)
    first.process.freeze()
    await pass(20_000)
    await start()
    await pass(3000)
    first.process.thaw()
    await pass(20_000)
    const calls = decisions().map(({ callId }) => callId)
    expect(calls.toSorted()).toEqual(['call-1', 'call-2'])
  })

  test('§4.8 live calls are on time while overdue ones are drained', async () => {
    const { start, arrive, decisions, pass, time } = world()
    const { process } = await start()
    await pass(1000)
    process.kill()
    for (let call = 0; call < 2000; call += 1) arrive(`old-${call}`, call % 2)
    await pass(25_000)
    const starting = start()
    await time.runUntil(time.nowMs() + 200)
    for (let call = 0; call < 20; call += 1) arrive(`new-${call}`, call % 2)
    await starting
    await pass(10_000)
    const all = decisions()
    expect(unique(all.map(({ callId }) => callId))).toBe(2020)
    const late = all.filter((one) => one.appendedAt > one.decideBy)
    expect(late.filter(({ callId }) => callId.startsWith('new'))).toEqual([])
    expect(new Set(late.map(({ trigger }) => trigger))).toEqual(new Set(['LATE_START']))
  })

  test('§4.10 poison is set aside, its caller gets a decision, its neighbours are unaffected', async () => {
    const { broker, start, arrive, settleAll, decisions, pass } = world()
    await start()
    arrive('call-1')
    const poison = Buffer.from('no avro')
    broker.append({ topic: 'call.arrived', partition: 0, key: 'call-x', value: poison })
    broker.append({ topic: 'call.arrived', partition: 0, key: null, value: poison })
    arrive('call-2')
    settleAll('call-1')
    settleAll('call-2')
    await pass(500)
    const letters = broker.records('call.arrived.dlt')
    expect(letters.map((one) => String(one.headers['dlt-offset']))).toEqual(['1', '2'])
    const byCall = new Map(decisions().map((one) => [one.callId, one]))
    expect([...byCall.keys()].toSorted()).toEqual(['call-1', 'call-2', 'call-x'])
    expect(byCall.get('call-x')?.trigger).toBe('UNREADABLE')
  })

  test('§4.10 a registry outage is not poison: the deadline holds and nothing is set aside', async () => {
    const { broker, codec, start, arrive, decisions, pass } = world()
    await start()
    codec.forget(codec.idOf('call.arrived'))
    codec.setRegistry('down')
    arrive('call-1')
    await pass(5000)
    const [decision] = decisions()
    expect(decision).toMatchObject({ callId: 'call-1', trigger: 'UNREADABLE' })
    expect(decision?.fallbacks[0]?.cause).toBe('SCHEMA_UNAVAILABLE')
    expect(decision?.appendedAt).toBeLessThanOrEqual(decision?.decideBy ?? 0)
    codec.setRegistry('up')
    await pass(1000)
    expect(broker.records('call.arrived.dlt')).toEqual([])
    expect(decisions()).toHaveLength(1)
  })

  test('§4.10 a schema learnt in time costs the caller nothing', async () => {
    const { codec, start, arrive, settleAll, decisions, pass } = world()
    await start()
    codec.forget(codec.idOf('call.arrived'))
    codec.setRegistry('down')
    arrive('call-1')
    settleAll('call-1')
    await pass(1000)
    codec.setRegistry('up')
    await pass(500)
    expect(decisions()).toHaveLength(1)
    expect(decisions()[0]?.trigger).not.toBe('UNREADABLE')
  })

  test('§4.11 a slow broker does not hold the decisions of the others', async () => {
    const { broker, start, arrive, settleAll, decisions, pass } = world(3)
    const slow = broker.log('call.routed', 0).leader
    const patient = (draw: () => number) => {
      const usual = calm(draw)
      const latencyMs = (leader: number) => (leader === slow ? 800 : usual.latencyMs(leader))
      return { ...usual, latencyMs }
    }
    await start({}, patient)
    await pass(10_000)
    for (const partition of [0, 1, 2]) {
      arrive(`call-${partition}`, partition)
      settleAll(`call-${partition}`, partition)
    }
    await pass(100)
    const decided = decisions().map(({ callId }) => callId)
    expect(decided.toSorted()).toEqual(['call-1', 'call-2'])
    await pass(1000)
    expect(decisions()).toHaveLength(3)
  })

  test('a router that stops hands over within 3 s and no call is late', async () => {
    const { time, start, arrive, decisions, pass } = world()
    const first = await start()
    await start()
    const calls = 200
    let sent = 0
    const send = (): void => {
      arrive(`call-${sent}`, sent % 2)
      sent += 1
      if (sent < calls) time.after(50, send)
    }
    send()
    await pass(3000)
    const before = time.nowMs()
    let tookMs = Infinity
    const stop = async (): Promise<void> => {
      await first.router.stop()
      tookMs = time.nowMs() - before
    }
    const stopped = stop()
    await pass(15_000)
    await stopped
    expect(tookMs).toBeLessThan(3000)
    expect(unique(decisions().map(({ callId }) => callId))).toBe(calls)
    expect(decisions().filter((one) => one.appendedAt > one.decideBy)).toEqual([])
  })

  test('the policy it decides by is kept in audit.policy', async () => {
    const { broker, start } = world()
    await start()
    expect(broker.records('audit.policy')).toHaveLength(1)
  })

  test('§4 Lanes: a backup publishes nothing a primary decided, and in time what none did', async () => {
    const { start, arrive, settleAll, decisions, pass } = world()
    const { laneSettings } = await import('../../../services/router/settings.ts')
    const primary = await start()
    await start(laneSettings('BACKUP'))
    arrive('call-1')
    settleAll('call-1')
    await pass(3000)
    primary.process.kill()
    arrive('call-2')
    arrive('call-3', 1)
    settleAll('call-3', 1)
    await pass(3000)
    expect(
      decisions()
        .map(({ callId, lane }) => `${callId} ${lane}`)
        .toSorted(),
    ).toEqual(['call-1 PRIMARY', 'call-2 BACKUP', 'call-3 BACKUP'])
    expect(decisions().filter((one) => one.appendedAt > one.decideBy)).toEqual([])
  })
})
