/**
 * Services that end in the middle of calls, with real lookups under way: killed without a word or told
 * to stop. What became of every call is judged by the independent checker (design §9).
 */
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { HEALTHY } from '../../infra/stubs/faults.ts'
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

/** A service that takes its place is started once the fault has struck. */
async function killAndReplace(command: string): Promise<void> {
  await services.get(command)?.kill()
  services.set(command, await world.start(command))
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

  it.each(['billing', 'scheduling', 'priority'] as const)(
    'the enricher of %s keeps nobody waiting, and no call is lost',
    async (name) => {
      await world.stubs.setFault(name, { mode: 'latency', share: 1, ms: 1000, jitterMs: 0 })
      const calls = await arriveMany(60)
      const undecided = calls.length - decidedOf(calls).size
      await killAndReplace(`enricher ${name}`)
      expect(undecided, 'calls undecided when it was killed').toBeGreaterThanOrEqual(UNDECIDED_MIN)
      await world.stubs.setFault(name, HEALTHY)
      await untilTold(calls)
      await untilKept()
    },
  )
})
