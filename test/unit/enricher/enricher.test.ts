/** The enricher's shell over the in-memory broker, in virtual time. */
import { describe, expect, it } from 'vitest'
import { failure } from '../../../services/enricher/core/live.ts'
import { ENRICHER_DEFAULTS } from '../../../services/enricher/settings.ts'
import { arrivalOf, createWorld, CRM, found, TRACEPARENT } from './world.ts'

const ANSWER = found({ customerId: 'c-1', tier: 'STANDARD' })
const quick = () => ({ afterMs: 30, result: ANSWER })

async function crmWorld(
  script: Parameters<ReturnType<typeof createWorld>['start']>[1],
  options: Parameters<ReturnType<typeof createWorld>['start']>[2] = {},
) {
  const world = createWorld([CRM])
  const started = await world.run(world.start('crm', script, options))
  await world.pass(2000)
  return { world, ...started }
}

describe('An enricher (design §5)', () => {
  it('publishes an answer to the partition of the arrival, with its key and trace', async () => {
    const { world } = await crmWorld(quick)
    world.arrive(arrivalOf('call-1'), 2)
    await world.pass(500)
    expect(world.settled('crm')).toMatchObject([
      {
        callId: 'call-1',
        key: 'call-1',
        partition: 2,
        outcome: 'FOUND',
        cause: null,
        origin: 'LIVE',
        attempts: 1,
        budgetMs: 2000,
        facts: { customerId: 'c-1', tier: 'STANDARD' },
        traceparent: TRACEPARENT,
      },
    ])
  })

  it('publishes the timeout event when the budget ends although the dependency hangs', async () => {
    const { world } = await crmWorld(() => null)
    const { appendedAt } = world.arrive(arrivalOf('call-1'))
    await world.pass(2100)
    const [event] = world.settled('crm')
    expect(event).toMatchObject({
      outcome: 'TIMED_OUT',
      cause: 'RESPONSE',
      origin: 'NONE',
      budgetMs: 2000,
      detail: 'crm timed out after 2000 ms waiting for a response',
    })
    const afterMs = (event?.appendedAt ?? 0) - appendedAt
    expect(afterMs).toBeGreaterThanOrEqual(1990)
    expect(afterMs).toBeLessThan(2020)
  })

  it('publishes the answer that comes after the timeout as a second record', async () => {
    const { world } = await crmWorld(() => ({ afterMs: 3000, result: ANSWER }))
    world.arrive(arrivalOf('call-1'))
    await world.pass(4000)
    expect(world.settled('crm').map(({ outcome, origin }) => [outcome, origin])).toEqual([
      ['TIMED_OUT', 'NONE'],
      ['FOUND', 'LIVE'],
    ])
  })

  it('does not let one hanging call hold up others', async () => {
    const { world } = await crmWorld((question) => (question['ani'] === '+1' ? null : quick()))
    world.arrive(arrivalOf('hangs', { ani: '+1' }))
    for (let call = 0; call < 20; call++) world.arrive(arrivalOf(`call-${call}`))
    await world.pass(300)
    expect(world.settled('crm')).toHaveLength(20)
  })

  it('skips a call whose decision is due, and one whose caller withheld the number', async () => {
    const { world } = await crmWorld(quick)
    world.arrive(arrivalOf('due', { decideWithinMs: 300 }))
    world.arrive(arrivalOf('withheld', { aniPresentation: 'RESTRICTED' }))
    await world.pass(300)
    expect(world.settled('crm', 'due')).toMatchObject([
      { outcome: 'SKIPPED', cause: 'CALL_EXPIRED' },
    ])
    expect(world.settled('crm', 'withheld')).toMatchObject([
      { outcome: 'SKIPPED', cause: 'CALLER_WITHHELD', attempts: 0 },
    ])
    expect(world.asks()).toBe(0)
  })

  it('passes over unreadable arrivals and repeats, and commits past them', async () => {
    const { world } = await crmWorld(quick)
    world.arrive(arrivalOf('call-1'))
    const value = new Uint8Array([9, 9])
    world.broker.append({ topic: 'call.arrived', partition: 0, key: 'x', value })
    world.arrive(arrivalOf('call-1'))
    await world.pass(2000)
    expect(world.passedOver).toEqual(['unreadable', 'repeat'])
    expect(world.settled('crm')).toHaveLength(1)
    expect(world.broker.group('enricher-crm').committed('call.arrived').get(0)?.offset).toBe(3)
  })

  it('commits only the contiguous prefix of settled arrivals', async () => {
    const { world } = await crmWorld((question) => (question['ani'] === '+1' ? null : quick()))
    world.arrive(arrivalOf('first'))
    const open = world.arrive(arrivalOf('hangs', { ani: '+1' }))
    world.arrive(arrivalOf('third'))
    await world.pass(1200)
    const committed = () => world.broker.group('enricher-crm').committed('call.arrived').get(0)
    expect(committed()).toEqual({ offset: 1, metadata: `T=${open.appendedAt}` })
    await world.pass(2000)
    expect(committed()?.offset).toBe(3)
  })

  it('repeats open lookups after a crash and loses none', async () => {
    const { world, process } = await crmWorld(() => ({ afterMs: 400, result: ANSWER }))
    for (let call = 0; call < 30; call++) world.arrive(arrivalOf(`call-${call}`), call % 3)
    await world.pass(100)
    expect(world.settled('crm')).toHaveLength(0)
    process.kill()
    await world.run(world.start('crm', quick))
    await world.pass(20_000)
    const settled = new Set(world.settled('crm').map(({ callId }) => callId))
    expect(settled.size).toBe(30)
  })

  it('hands over within 3 s when stopped, and still publishes what was under way', async () => {
    const { world, enricher } = await crmWorld(() => ({ afterMs: 400, result: ANSWER }))
    world.arrive(arrivalOf('call-1'))
    await world.pass(100)
    const before = world.time.nowMs()
    await world.run(enricher.stop())
    expect(world.time.nowMs() - before).toBeLessThan(3000)
    expect(world.settled('crm')).toHaveLength(1)
  })

  it('answers for the slowest lookup it has begun, be it with a timeout event', async () => {
    const SILENT = '+4930000000'
    const { world, enricher } = await crmWorld(({ ani }) =>
      ani === SILENT ? null : { afterMs: 1900, result: ANSWER },
    )
    world.arrive(arrivalOf('call-1'))
    world.arrive(arrivalOf('call-2', { ani: SILENT }))
    await world.pass(50)
    const before = world.time.nowMs()
    await world.run(enricher.stop())
    expect(world.time.nowMs() - before).toBeLessThan(3000)
    const outcomes = world.settled('crm').map(({ callId, outcome }) => `${callId} ${outcome}`)
    expect(outcomes.toSorted()).toEqual(['call-1 FOUND', 'call-2 TIMED_OUT'])
  })

  it('tries again after a safe failure, inside the budget', async () => {
    const refused = failure('UNREACHABLE', 'refused the connection', { retry: true })
    const { world } = await crmWorld((_question, attempt) => ({
      afterMs: 5,
      result: attempt < 3 ? refused : ANSWER,
    }))
    world.arrive(arrivalOf('call-1'))
    await world.pass(1000)
    expect(world.settled('crm')).toMatchObject([{ outcome: 'FOUND', attempts: 3 }])
  })

  it('opens the circuit after failures in a row and closes it after one good trial', async () => {
    let healthy = false
    const down = failure('ERROR_STATUS', 'answered with status 500')
    const { world } = await crmWorld(() => ({ afterMs: 5, result: healthy ? ANSWER : down }))
    const causes = async (name: string) => {
      world.arrive(arrivalOf(name))
      await world.pass(100)
      return world.settled('crm', name).map(({ outcome, cause }) => cause ?? outcome)
    }
    for (let call = 0; call < 10; call++) {
      expect(await causes(`down-${call}`)).toEqual(['ERROR_STATUS'])
    }
    expect(await causes('refused')).toEqual(['CIRCUIT_OPEN'])
    healthy = true
    await world.pass(2000)
    expect(await causes('trial')).toEqual(['FOUND'])
    expect(await causes('after')).toEqual(['FOUND'])
  })

  it('keeps the circuit closed for errors that concern one record only', async () => {
    const bad = failure('BAD_RESPONSE', 'gave a wrong type', { blame: 'record' })
    const { world } = await crmWorld(() => ({ afterMs: 5, result: bad }))
    for (let call = 0; call < 40; call++) world.arrive(arrivalOf(`call-${call}`))
    await world.pass(1000)
    expect(new Set(world.settled('crm').map(({ cause }) => cause))).toEqual(
      new Set(['BAD_RESPONSE']),
    )
  })

  it('queues behind the bulkhead, and a late answer gives its slot to whoever waits', async () => {
    const settings = { ...ENRICHER_DEFAULTS, bulkhead: { slots: 2, queueMax: 1 } }
    const { world } = await crmWorld((question) => (question['ani'] === '+1' ? null : quick()), {
      settings,
    })
    for (const name of ['a', 'b', 'c', 'd']) {
      world.arrive(arrivalOf(name, { ani: '+1' }))
      await world.pass(20)
    }
    await world.pass(2200)
    const causeOf = (name: string) => world.settled('crm', name)[0]?.cause
    expect(causeOf('a')).toBe('RESPONSE')
    expect(causeOf('d')).toBe('OVERLOADED')
    expect(['QUEUED', 'RESPONSE', 'CONNECT']).toContain(causeOf('c'))
    world.arrive(arrivalOf('well'))
    await world.pass(300)
    expect(world.settled('crm', 'well')).toMatchObject([{ outcome: 'FOUND' }])
  })

  it('serves the last good facts when LIVE fails, and tells why and how old they are', async () => {
    let down = false
    const { world } = await crmWorld((_question, _attempt, nowMs) => ({
      afterMs: 5,
      result: down
        ? failure('ERROR_STATUS', 'answered with status 500')
        : found({ customerId: 'c-1', tier: 'PLATINUM' }, nowMs - 1000),
    }))
    world.arrive(arrivalOf('call-1'))
    await world.pass(200)
    down = true
    world.arrive(arrivalOf('call-2'))
    await world.pass(200)
    expect(world.settled('crm', 'call-2')).toMatchObject([
      {
        outcome: 'FOUND',
        origin: 'CACHE',
        cause: 'ERROR_STATUS',
        stale: false,
        facts: { tier: 'PLATINUM' },
      },
    ])
  })

  it('lets a manual override win over LIVE until it expires, in broker time', async () => {
    const { world } = await crmWorld(quick)
    world.override({
      dependency: 'crm',
      action: 'SET',
      facts: { customerId: 'c-9', tier: 'PLATINUM' },
      author: 'ops',
      reason: 'drill',
      setAt: world.time.nowMs(),
      expiresAt: world.time.nowMs() + 5000,
      tokenKeyId: null,
    })
    await world.pass(100)
    world.arrive(arrivalOf('call-1'))
    await world.pass(500)
    expect(world.settled('crm', 'call-1')).toMatchObject([
      { outcome: 'FOUND', origin: 'OVERRIDE', cause: null, facts: { customerId: 'c-9' } },
    ])
    await world.pass(5000)
    world.arrive(arrivalOf('call-2'))
    await world.pass(500)
    expect(world.settled('crm', 'call-2')).toMatchObject([{ origin: 'LIVE' }])
  })

  it('does not make a caller wait for a hanging LIVE while an override stands', async () => {
    const { world } = await crmWorld(() => null)
    world.override({
      dependency: 'crm',
      action: 'SET',
      facts: { customerId: 'c-9', tier: 'PLATINUM' },
      author: 'ops',
      reason: 'CRM hangs',
      setAt: world.time.nowMs(),
      expiresAt: world.time.nowMs() + 60_000,
      tokenKeyId: null,
    })
    await world.pass(100)
    world.arrive(arrivalOf('call-1'))
    await world.pass(400)
    expect(world.settled('crm')).toMatchObject([{ origin: 'OVERRIDE', cause: 'RESPONSE' }])
  })

  it('takes a record without a value for the end of an override, before its start and after it', async () => {
    const world = createWorld([CRM])
    const override = {
      dependency: 'crm',
      action: 'SET',
      facts: { customerId: 'c-9', tier: 'PLATINUM' },
      author: 'ops',
      reason: 'drill',
      setAt: world.time.nowMs(),
      expiresAt: null,
      tokenKeyId: null,
    } as const
    const originOf = async (callId: string) => {
      world.arrive(arrivalOf(callId))
      await world.pass(500)
      return world.settled('crm', callId)[0]?.origin
    }
    world.override(override)
    world.tombstone('crm')
    await world.run(world.start('crm', quick))
    await world.pass(2000)
    expect(await originOf('ended before')).toBe('LIVE')
    world.override(override)
    await world.pass(100)
    expect(await originOf('stands')).toBe('OVERRIDE')
    world.tombstone('billing')
    await world.pass(100)
    expect(await originOf('stands still')).toBe('OVERRIDE')
    world.tombstone('crm')
    await world.pass(100)
    expect(await originOf('ended')).toBe('LIVE')
  })
})
