/** The failure table of design §1 on real Kafka: what is done, where calls go, what is told of it. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type DependencyName, type Fault, HEALTHY } from '../../infra/stubs/faults.ts'
import type { CallArrived } from '../../schemas/records.ts'
import { lineOf } from './world/callers.ts'
import { bad, HANG, REFUSE, tellOf, type Told, waitTold } from './world/told.ts'
import { openWorld, startServices, type World } from './world/world.ts'

let world: World
let struck: DependencyName | null = null
beforeAll(async () => {
  world = await openWorld()
  await startServices(world)
})
afterAll(() => world[Symbol.asyncDispose]())
afterEach(async () => {
  if (struck !== null) await strike(struck, HEALTHY)
})

async function strike(dependency: DependencyName, fault: Fault): Promise<void> {
  struck = dependency
  await world.stubs.setFault(dependency, fault)
}

const plain = (): Partial<CallArrived> => ({ ani: world.callers.plain().phone })
const tell = (call: Partial<CallArrived>, about: DependencyName): Promise<Told> =>
  tellOf(world, call, about)

describe('CRM', () => {
  it('knows no such caller: the unknown-caller path, which is no error', async () => {
    const { decision, fallback } = await tell({ ani: world.callers.unknown() }, 'crm')
    expect(decision).toMatchObject({ target: { id: 'unknown-callers' }, flags: [] })
    expect(fallback).toMatchObject({
      kind: 'STATE',
      outcome: 'NO_MATCH',
      cause: null,
      reason: 'CRM_NO_MATCH',
      sentence: 'CRM knows no such caller, routed to unknown-callers',
    })
  })

  it('knows several: the unknown-caller path, which is no error', async () => {
    const { decision, fallback } = await tell({ ani: world.callers.shared() }, 'crm')
    expect(decision.target.id).toBe('unknown-callers')
    expect(decision.flags).not.toContain('MANUAL_LOOKUP')
    expect(fallback).toMatchObject({
      kind: 'STATE',
      outcome: 'MULTIPLE_MATCH',
      cause: null,
      reason: 'CRM_MULTIPLE_MATCH',
    })
  })

  it('hangs: the default queue with MANUAL_LOOKUP, and the wait is told', async () => {
    await strike('crm', HANG)
    const { decision, fallback } = await tell(plain(), 'crm')
    expect(decision).toMatchObject({ target: { id: 'general' }, flags: ['MANUAL_LOOKUP'] })
    expect(fallback).toMatchObject({
      kind: 'FAILED',
      outcome: 'TIMED_OUT',
      cause: 'RESPONSE',
      reason: 'CRM_TIMED_OUT',
      flags: ['MANUAL_LOOKUP'],
      origin: 'NONE',
      syncedAt: null,
    })
    expect(fallback.sentence).toMatch(/^CRM lookup timed out after \d+ ms, routed to general$/)
    const waited = waitTold(fallback)
    expect(waited).toBeGreaterThanOrEqual(1900)
    expect(waited).toBeLessThanOrEqual(2100)
  })

  it('is down: the default queue with MANUAL_LOOKUP, and the cause is told', async () => {
    await strike('crm', REFUSE)
    const { decision, fallback } = await tell(plain(), 'crm')
    expect(decision).toMatchObject({ target: { id: 'general' }, flags: ['MANUAL_LOOKUP'] })
    expect(fallback).toMatchObject({
      kind: 'FAILED',
      outcome: 'FAILED',
      cause: 'UNREACHABLE',
      reason: 'CRM_FAILED',
    })
    expect(fallback.sentence).toMatch(
      /^CRM lookup failed after \d+ ms \(unreachable\), routed to general$/,
    )
    waitTold(fallback)
  })

  it.each(['badJson', 'wrongTypes', 'wrongCaller', 'hugeBody'] as const)(
    'gives a bad answer (%s): the default queue with MANUAL_LOOKUP',
    async (mode) => {
      await strike('crm', bad(mode))
      const { decision, fallback } = await tell(plain(), 'crm')
      expect(decision).toMatchObject({ target: { id: 'general' }, flags: ['MANUAL_LOOKUP'] })
      expect(fallback).toMatchObject({
        outcome: 'FAILED',
        cause: 'BAD_RESPONSE',
        reason: 'CRM_BAD_ANSWER',
      })
      waitTold(fallback)
    },
  )

  it('answers with an error: the same with that cause', async () => {
    await strike('crm', { mode: 'status', share: 1, status: 500 })
    const { decision, fallback } = await tell(plain(), 'crm')
    expect(decision).toMatchObject({ target: { id: 'general' }, flags: ['MANUAL_LOOKUP'] })
    expect(fallback).toMatchObject({ outcome: 'FAILED', cause: 'ERROR_STATUS' })
    expect(fallback.sentence).toContain('(answered with an error)')
  })
})

describe('billing', () => {
  it('hangs: other signals decide, with BILLING_UNVERIFIED', async () => {
    await strike('billing', HANG)
    const { decision, fallback } = await tell(plain(), 'billing')
    expect(decision).toMatchObject({ target: { id: 'general' }, flags: ['BILLING_UNVERIFIED'] })
    expect(fallback).toMatchObject({
      kind: 'FAILED',
      outcome: 'TIMED_OUT',
      cause: 'RESPONSE',
      reason: 'BILLING_TIMED_OUT',
      decisive: 'UNKNOWN',
    })
    expect(waitTold(fallback)).toBeGreaterThanOrEqual(1900)
  })

  it('hangs: who chose billing in the menu gets there without waiting for it', async () => {
    await strike('billing', HANG)
    const { callId } = await world.arrive({ ...plain(), ivrChoice: '2' })
    const { value } = await world.decisionOf(callId)
    expect(value).toMatchObject({ target: { id: 'billing' }, trigger: 'OUTCOME_CERTAIN' })
    const settled = await world.witness.first(
      'the timeout event of billing',
      'call.lookup',
      (lookup) => lookup.callId === callId && lookup.dependency === 'billing',
    )
    expect(value.decidedAt).toBeLessThan(settled.record.appendedAt)
  })

  it('hangs: a VIP is decided by the priority database alone (§4.2)', async () => {
    await strike('billing', HANG)
    const { callId } = await world.arrive({ ani: world.callers.like('vip', () => true).phone })
    const { value, record } = await world.decisionOf(callId)
    expect(value).toMatchObject({
      target: { id: 'vip' },
      priority: 1,
      trigger: 'OUTCOME_CERTAIN',
      fallbacks: [],
    })
    const billing = await world.witness.first(
      'the timeout event of billing',
      'call.lookup',
      (lookup) => lookup.callId === callId && lookup.dependency === 'billing',
    )
    const used = value.lookups.find(({ dependency }) => dependency === 'priority')
    // Broker times: after the answer that made it certain, long before billing was given up.
    expect(value.decidedAt).toBeGreaterThanOrEqual(used?.settledAt ?? Infinity)
    expect(record.appendedAt).toBeLessThan(billing.record.appendedAt - 500)
  })

  it('is down: other signals decide, and response time and cause are told', async () => {
    await strike('billing', REFUSE)
    const { decision, fallback } = await tell(plain(), 'billing')
    expect(decision).toMatchObject({ target: { id: 'general' }, flags: ['BILLING_UNVERIFIED'] })
    expect(fallback).toMatchObject({ outcome: 'FAILED', cause: 'UNREACHABLE' })
    expect(fallback.sentence).toMatch(/^Billing lookup failed after \d+ ms \(unreachable\)/)
    waitTold(fallback)
  })

  it('is stale: its facts are used with BILLING_UNVERIFIED, and their freshness is told', async () => {
    const dayMs = 86_400_000
    await strike('billing', { mode: 'stale', share: 1, ageMs: dayMs })
    const { decision, fallback } = await tell(plain(), 'billing')
    expect(decision).toMatchObject({ target: { id: 'general' }, flags: ['BILLING_UNVERIFIED'] })
    expect(fallback).toMatchObject({
      kind: 'DEGRADED',
      outcome: 'FOUND',
      reason: 'BILLING_STALE',
      origin: 'LIVE',
      stale: true,
    })
    const syncedAt = fallback.syncedAt ?? 0
    expect(Math.abs(decision.arrivedAt - dayMs - syncedAt)).toBeLessThan(60_000)
    expect(fallback.sentence).toContain(`synced ${new Date(syncedAt).toISOString().slice(0, 19)}`)
    waitTold(fallback)
  })

  it('is partial: the missing fact is named', async () => {
    await strike('billing', { mode: 'partial', share: 1 })
    const { decision, fallback } = await tell(plain(), 'billing')
    expect(decision).toMatchObject({ target: { id: 'general' }, flags: ['BILLING_UNVERIFIED'] })
    expect(fallback).toMatchObject({
      kind: 'DEGRADED',
      reason: 'BILLING_PARTIAL',
      missing: ['pastDue'],
      decisive: 'UNKNOWN',
    })
    expect(fallback.sentence).toContain('without pastDue')
    waitTold(fallback)
  })
})

describe('the scheduling tool', () => {
  it('is stale: used, flagged, with its source and sync time', async () => {
    const hourMs = 3_600_000
    await strike('scheduling', { mode: 'stale', share: 1, ageMs: hourMs })
    const { decision, fallback } = await tell(plain(), 'scheduling')
    expect(decision).toMatchObject({ target: { id: 'general' }, flags: ['SCHEDULE_UNVERIFIED'] })
    expect(fallback).toMatchObject({ reason: 'SCHEDULE_STALE', origin: 'LIVE', stale: true })
    const syncedAt = fallback.syncedAt ?? 0
    expect(Math.abs(decision.arrivedAt - hourMs - syncedAt)).toBeLessThan(60_000)
    expect(fallback.sentence).toContain('source live')
    expect(fallback.sentence).toContain(new Date(syncedAt).toISOString().slice(0, 19))
  })

  it('is down: the cached schedule decides, with its source and sync time', async () => {
    const dnis = lineOf('evening desk')
    const before = await world.arrive({ ...plain(), dnis })
    const live = (await world.decisionOf(before.callId)).value
    const schedule = live.lookups.find(({ dependency }) => dependency === 'scheduling')
    expect(schedule).toMatchObject({ outcome: 'FOUND', origin: 'LIVE' })

    await strike('scheduling', REFUSE)
    const { decision, fallback } = await tell({ ...plain(), dnis }, 'scheduling')
    expect(decision).toMatchObject({ target: { id: 'callback' }, flags: ['SCHEDULE_UNVERIFIED'] })
    expect(fallback).toMatchObject({
      kind: 'DEGRADED',
      outcome: 'FOUND',
      cause: 'UNREACHABLE',
      reason: 'SCHEDULE_FROM_CACHE',
      origin: 'CACHE',
      stale: false,
      syncedAt: schedule?.syncedAt,
    })
    expect(fallback.sentence).toContain('source cache')
    expect(fallback.sentence).toContain('(unreachable)')
  })

  it('is down with nothing cached: taken as open, and told so', async () => {
    await strike('scheduling', REFUSE)
    const call = { ...plain(), dnis: lineOf('repairs') }
    const { decision, fallback } = await tell(call, 'scheduling')
    expect(decision).toMatchObject({ target: { id: 'general' }, flags: ['SCHEDULE_UNVERIFIED'] })
    expect(fallback).toMatchObject({
      kind: 'FAILED',
      cause: 'UNREACHABLE',
      reason: 'SCHEDULE_UNAVAILABLE',
      origin: 'NONE',
      substituted: { open: true, callbackOffered: false },
    })
  })

  it('is down with a manual override: the override decides until it is cleared', async () => {
    const facts = ['open=false', 'callbackOffered=false', 'seniorOnShift=false']
    const given = facts.flatMap((fact) => ['--fact', fact])
    const why = ['--author', 'jo', '--reason', 'flood in the office', '--expires-in', '10m']
    await world.crosspoint('override', 'set', 'scheduling', ...given, ...why)
    const set = await world.witness.first('the override', 'audit.override', () => true)
    expect(set.value).toMatchObject({ dependency: 'scheduling', action: 'SET', author: 'jo' })

    await untilScheduleIs('OVERRIDE')
    await strike('scheduling', REFUSE)
    const { decision, fallback } = await tell(plain(), 'scheduling')
    expect(decision).toMatchObject({ target: { id: 'voicemail' }, flags: [] })
    expect(fallback).toMatchObject({
      kind: 'DEGRADED',
      reason: 'SCHEDULE_OVERRIDDEN',
      origin: 'OVERRIDE',
      cause: 'UNREACHABLE',
      syncedAt: set.value.setAt,
    })
    expect(fallback.sentence).toContain('source manual override')

    await world.stubs.setFault('scheduling', HEALTHY)
    await world.crosspoint('override', 'clear', 'scheduling', '--author', 'jo', '--reason', 'dry')
    await untilScheduleIs('LIVE')
    const { callId } = await world.arrive(plain())
    expect((await world.decisionOf(callId)).value.target.id).toBe('general')
  })
})

/** Calls until one is decided by a schedule of this origin: a change takes a moment to be read. */
async function untilScheduleIs(origin: 'OVERRIDE' | 'LIVE'): Promise<void> {
  for (let calls = 0; calls < 40; calls += 1) {
    const { callId } = await world.arrive(plain())
    const { lookups } = (await world.decisionOf(callId)).value
    const schedule = lookups.find(({ dependency }) => dependency === 'scheduling')
    if (schedule?.origin === origin) return
  }
  throw new Error(`Forty calls, and none had a schedule from ${origin}.`)
}

describe('the priority database', () => {
  /** A caller whom only the priority database would have singled out. */
  const vip = (): Partial<CallArrived> => ({
    ani: world.callers.like('vip', ({ account }) => account?.pastDue === false).phone,
  })

  it.each([
    ['is down', REFUSE, 'FAILED', 'UNREACHABLE', 'PRIORITY_FAILED'],
    ['is slow to answer', HANG, 'TIMED_OUT', 'RESPONSE', 'PRIORITY_TIMED_OUT'],
    [
      'holds the table locked',
      { mode: 'lockWait', share: 1 },
      'TIMED_OUT',
      'RESPONSE',
      'PRIORITY_TIMED_OUT',
    ],
  ] as const)(
    '%s: treated as a general caller with VERIFY_PRIORITY, and why is told',
    async (_what, fault, outcome, cause, reason) => {
      // With a connection that is in use, so that only the answer can be missing.
      await world.decisionOf((await world.arrive(plain())).callId)
      await strike('priority', fault)
      const { decision, fallback } = await tell(vip(), 'priority')
      expect(decision).toMatchObject({ target: { id: 'general' }, flags: ['VERIFY_PRIORITY'] })
      expect(fallback).toMatchObject({
        kind: 'FAILED',
        outcome,
        cause,
        reason,
        flags: ['VERIFY_PRIORITY'],
        substituted: { vip: false },
        decisive: 'UNKNOWN',
      })
      expect(fallback.sentence).toContain('treated as general caller, routed to general')
    },
  )
})
