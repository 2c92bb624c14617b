/**
 * Services that end in the middle of calls, with real lookups under way: killed without a word or told
 * to stop. What became of every call is judged by the independent checker (design §9).
 */
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Fault, HEALTHY } from '../../infra/stubs/faults.ts'
import type { PromiseId } from '../../services/audit/verify/evidence.ts'
import { breachesOf, none } from './world/verdict.ts'
import { openWorld, type Sent, type Service, startServices, type World } from './world/world.ts'

/** Beyond these, a killed service may make calls late (I4), and nothing was poisoned (I8). */
const KEPT: readonly PromiseId[] = ['I1', 'I2', 'I3', 'I5', 'I6', 'I7']
const UNDECIDED_MIN = 50

let world: World
let services: Map<string, Service>
beforeAll(async () => {
  world = await openWorld()
  services = new Map(await startServices(world))
})
afterAll(() => world[Symbol.asyncDispose]())

const call = () => ({ ani: world.callers.like('', () => true).phone })

const arriveMany = (count: number): Promise<readonly Sent[]> =>
  Promise.all(Array.from({ length: count }, () => world.arrive(call())))

function decidedOf(calls: readonly Sent[]): ReadonlySet<string> {
  const wanted = new Set(calls.map(({ callId }) => callId))
  const decided = world.witness.all('call.routed').map(({ value }) => value.callId)
  return new Set(decided.filter((callId) => wanted.has(callId)))
}

/** Waits for a decision of each call, and until the audit has told each of them. */
async function untilTold(calls: readonly Sent[]): Promise<void> {
  await world.witness.until(`the decisions of ${calls.length} calls`, () =>
    decidedOf(calls).size === calls.length ? true : null,
  )
  await world.witness.until('the audit of every decision', () => {
    const audited = new Set(
      world.witness.all('audit.decision').map(({ value }) => value.decisionId),
    )
    const decided = world.witness.all('call.routed')
    return decided.every(({ value }) => audited.has(value.decisionId)) ? true : null
  })
}

/** Waits until what the fallbacks and late answers of all decisions owe the audit is there. */
async function untilKept(): Promise<void> {
  const deadlineMs = performance.now() + 20_000
  for (;;) {
    const breaches = await breachesOf(world, KEPT)
    const broken = Object.values(breaches).flat().length
    if (broken === 0 || performance.now() > deadlineMs) {
      expect(breaches).toEqual(none(KEPT))
      return
    }
    await delay(250)
  }
}

describe('killed with calls undecided and started again', () => {
  it('a router loses no call and doubles no decision', async () => {
    await world.stubs.setFault('crm', { mode: 'latency', share: 1, ms: 1000, jitterMs: 0 })
    const calls = await arriveMany(60)
    await services.get('router')?.kill()
    const undecided = calls.length - decidedOf(calls).size
    expect(undecided, 'calls undecided when it was killed').toBeGreaterThanOrEqual(UNDECIDED_MIN)
    services.set('router', await world.start('router'))
    await world.stubs.setFault('crm', HEALTHY)
    const after = await arriveMany(10)
    await untilTold([...calls, ...after])
    await untilKept()
  })

  it('an enricher keeps nobody waiting, and its lookups go on', async () => {
    await world.stubs.setFault('crm', { mode: 'latency', share: 1, ms: 1000, jitterMs: 0 })
    const calls = await arriveMany(60)
    await services.get('enricher crm')?.kill()
    const undecided = calls.length - decidedOf(calls).size
    expect(undecided, 'calls undecided when it was killed').toBeGreaterThanOrEqual(UNDECIDED_MIN)
    await world.stubs.setFault('crm', HEALTHY)
    services.set('enricher crm', await world.start('enricher crm'))
    await untilTold(calls)
    const after = await arriveMany(10)
    await untilTold(after)
    const lookups = world.witness
      .all('call.routed')
      .filter(({ value }) => after.some(({ callId }) => callId === value.callId))
      .map(({ value }) => value.lookups.find(({ dependency }) => dependency === 'crm')?.outcome)
    expect(new Set(lookups)).toEqual(new Set(['FOUND']))
    // The router had a deadline to keep, and nothing was wrong with it.
    expect(await breachesOf(world, ['I1', 'I2', 'I3'])).toEqual(none(['I1', 'I2', 'I3']))
    const late = world.witness
      .all('call.routed')
      .filter(({ value }) => calls.some(({ callId }) => callId === value.callId))
      .filter(({ value, record }) => record.appendedAt > value.decideBy)
    expect(late).toEqual([])
    await untilKept()
  })

  it('the enrichers of billing, scheduling and priority, all at once: no call is lost', async () => {
    const names = ['billing', 'scheduling', 'priority'] as const
    const slow: Fault = { mode: 'latency', share: 1, ms: 1000, jitterMs: 0 }
    await Promise.all(names.map((name) => world.stubs.setFault(name, slow)))
    const calls = await arriveMany(60)
    await Promise.all(names.map(async (name) => services.get(`enricher ${name}`)?.kill()))
    const undecided = calls.length - decidedOf(calls).size
    expect(undecided, 'calls undecided when they were killed').toBeGreaterThanOrEqual(UNDECIDED_MIN)
    await Promise.all(names.map((name) => world.stubs.setFault(name, HEALTHY)))
    const again = names.map(async (name) => {
      services.set(`enricher ${name}`, await world.start(`enricher ${name}`))
    })
    await untilTold(calls)
    await Promise.all(again)
    const after = await arriveMany(10)
    await untilTold(after)
    const ids = new Set(after.map(({ callId }) => callId))
    const outcomes = world.witness
      .all('call.routed')
      .filter(({ value }) => ids.has(value.callId))
      .flatMap(({ value }) => value.lookups.map(({ outcome }) => outcome))
    expect(outcomes).not.toContain('NO_ANSWER')
    await untilKept()
  })
})

describe('told to stop', () => {
  const HAND_OVER_MS = 3000
  const MAX_CLOCK_SKEW_MS = 50
  const CALLS = 80
  const EVERY_MS = 40

  it('a router hands its calls over within 3 s and is gone, and makes none late (§5)', async () => {
    await world.start('router')
    const first = services.get('router')
    const calls: Sent[] = []
    let ended: Promise<number> | null = null
    for (let count = 0; count < CALLS; count += 1) {
      calls.push(await world.arrive(call()))
      if (count === CALLS / 4) {
        const beganMs = performance.now()
        first?.child.kill('SIGTERM')
        ended = first?.child.ended.then(() => performance.now() - beganMs) ?? null
      }
      await delay(EVERY_MS)
    }
    // `ended` rejects when the exit code is not 0.
    expect(await ended).toBeLessThan(HAND_OVER_MS)
    await untilTold(calls)
    const ids = new Set(calls.map(({ callId }) => callId))
    const decided = world.witness.all('call.routed').filter(({ value }) => ids.has(value.callId))
    // Two that decide in the same moment are no harm: the first counts.
    const effective = new Map(decided.toReversed().map((one) => [one.value.callId, one]))
    const late = [...effective.values()].filter(
      ({ value, record }) => record.appendedAt > value.decideBy + MAX_CLOCK_SKEW_MS,
    )
    expect(late).toEqual([])
    expect(new Set(decided.map(({ value }) => value.routerId)).size).toBe(2)
    await untilKept()
  })
})
