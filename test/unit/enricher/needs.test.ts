/** Lookups that wait for another dependency's fact, over the in-memory broker in virtual time. */
import { describe, expect, it } from 'vitest'
import { createNeeds } from '../../../services/enricher/needs.ts'
import { ENRICHER_DEFAULTS } from '../../../services/enricher/settings.ts'
import { arrivalOf, BILLING, createWorld, CRM, found } from './world.ts'
import { lookupSettled } from '../../records.ts'

describe('A lookup that needs another dependency (design §5)', () => {
  const crmSaid = (callId: string, facts: Record<string, string>) =>
    lookupSettled({ callId, facts })
  const billing = { afterMs: 10, result: found({ pastDue: true }) }

  async function billingWorld(answer: typeof billing | null = billing) {
    const world = createWorld([CRM, BILLING])
    const asked: unknown[] = []
    const script = (question: unknown) => {
      asked.push(question)
      return answer
    }
    const started = await world.run(world.start('billing', script, { inputs: ['need'] }))
    await world.pass(2000)
    return { world, asked, script, ...started }
  }

  it('starts when that settles, whichever of the two records is read first', async () => {
    const { world, asked } = await billingWorld()
    world.tell(crmSaid('early', { customerId: 'c-1' }))
    await world.pass(100)
    world.arrive(arrivalOf('early'))
    world.arrive(arrivalOf('late'))
    await world.pass(300)
    expect(world.settled('billing', 'late')).toEqual([])
    world.tell(crmSaid('late', { customerId: 'c-2' }))
    await world.pass(300)
    expect(asked).toEqual([{ need: 'c-1' }, { need: 'c-2' }])
    expect(world.settled('billing').map(({ outcome }) => outcome)).toEqual(['FOUND', 'FOUND'])
  })

  it('passes over, by its header alone, what was told by a dependency it does not need', async () => {
    const { world, asked } = await billingWorld()
    world.arrive(arrivalOf('call-1'))
    for (const dependency of ['scheduling', 'crn', 'cr', 'crm']) {
      const said = crmSaid('call-1', { customerId: `of ${dependency}` })
      world.tell(said, 0, 'call-1', { dependency })
    }
    await world.pass(300)
    expect(asked).toEqual([{ need: 'of crm' }])
  })

  it('is skipped at once when the fact is not there; only the first record counts', async () => {
    const { world } = await billingWorld()
    world.arrive(arrivalOf('call-1'))
    world.tell(crmSaid('call-1', {}))
    world.tell(crmSaid('call-1', { customerId: 'c-1' }))
    await world.pass(300)
    expect(world.settled('billing')).toMatchObject([{ outcome: 'SKIPPED', cause: 'NEEDS_UNMET' }])
  })

  it('is left to a successor when its enricher leaves before the other one settles', async () => {
    const { world, enricher, script, asked } = await billingWorld()
    world.arrive(arrivalOf('call-1'))
    await world.pass(200)
    await world.run(enricher.stop())
    await world.pass(3000)
    expect(world.settled('billing')).toEqual([])
    world.arrive(arrivalOf('call-2'))
    world.tell(crmSaid('call-2', { customerId: 'c-2' }))
    await world.run(world.start('billing', script, { inputs: ['need'] }))
    await world.pass(2000)
    expect(asked).toEqual([{ need: 'c-2' }])
    // The first one is past its time by now, and said to be.
    expect(world.settled('billing', 'call-1')).toMatchObject([{ cause: 'CALL_EXPIRED' }])
  })

  it('is skipped when the other one never settles, in time for the decision', async () => {
    const { world } = await billingWorld()
    const { appendedAt } = world.arrive(arrivalOf('call-1'))
    await world.pass(2400)
    const [skipped] = world.settled('billing')
    expect(skipped).toMatchObject({ outcome: 'SKIPPED', cause: 'NEEDS_UNMET' })
    expect((skipped?.appendedAt ?? 0) - appendedAt).toBeLessThan(2150)
  })

  it('finds after a restart what was told before it', async () => {
    const { world, process, script } = await billingWorld()
    world.arrive(arrivalOf('call-0'))
    world.tell(crmSaid('call-0', { customerId: 'c-0' }))
    await world.pass(1000)
    process.kill()
    await world.pass(7000)
    world.arrive(arrivalOf('call-1'))
    world.tell(crmSaid('call-1', { customerId: 'c-1' }))
    await world.run(world.start('billing', script, { inputs: ['need'] }))
    await world.pass(1500)
    expect(world.settled('billing', 'call-1')).toMatchObject([{ outcome: 'FOUND' }])
  })

  it('takes no fact from a record whose key is not its call', async () => {
    const { world, asked } = await billingWorld()
    world.arrive(arrivalOf('call-1'))
    world.tell(crmSaid('call-1', { customerId: 'c-9' }), 0, 'call-9')
    world.tell(crmSaid('call-1', { customerId: 'c-1' }))
    await world.pass(300)
    expect(asked).toEqual([{ need: 'c-1' }])
  })

  describe('while a manual override of it stands', () => {
    async function overriddenWorld(forMs: number) {
      const { world } = await billingWorld(null)
      world.override({
        dependency: 'billing',
        action: 'SET',
        facts: { pastDue: false },
        author: 'ops',
        reason: 'drill',
        setAt: world.time.nowMs(),
        expiresAt: world.time.nowMs() + forMs,
        tokenKeyId: null,
      })
      await world.pass(50)
      return { world, arrivedAt: world.arrive(arrivalOf('call-1')).appendedAt }
    }
    const LATEST = ENRICHER_DEFAULTS.overrideWaitMs + 50

    it('does not wait for what it needs', async () => {
      const { world, arrivedAt } = await overriddenWorld(60_000)
      await world.pass(2400)
      const [record] = world.settled('billing')
      expect(record).toMatchObject({ outcome: 'FOUND', origin: 'OVERRIDE', cause: 'NEEDS_UNMET' })
      expect((record?.appendedAt ?? 0) - arrivedAt).toBeLessThan(LATEST)
    })

    it('does not wait anew once what it needs is there', async () => {
      const { world, arrivedAt } = await overriddenWorld(60_000)
      await world.pass(200)
      world.tell(crmSaid('call-1', { customerId: 'c-1' }))
      await world.pass(2400)
      const [record] = world.settled('billing')
      expect(record).toMatchObject({ outcome: 'FOUND', origin: 'OVERRIDE' })
      expect((record?.appendedAt ?? 0) - arrivedAt).toBeLessThan(LATEST)
    })

    it('has its usual time when the override ends before it could stand in', async () => {
      const { world } = await overriddenWorld(200)
      await world.pass(400)
      expect(world.settled('billing')).toEqual([])
    })
  })
})

describe('What others settled', () => {
  const KEPT_MS = 2500

  function knownAfter(settle: (needs: ReturnType<typeof createNeeds>) => void): string[] {
    const needs = createNeeds(() => KEPT_MS)
    settle(needs)
    const known: string[] = []
    for (const key of ['early', 'late']) needs.await(key, ({ value }) => known.push(String(value)))
    return known
  }

  it('is kept as long as a call that needs it may be open, and no longer', () => {
    const settledBoth = (afterMs: number) =>
      knownAfter((needs) => {
        needs.settle('early', { value: 'e', settledAt: 1000 })
        needs.settle('late', { value: 'l', settledAt: 1000 + afterMs })
      })
    expect(settledBoth(KEPT_MS)).toEqual(['e', 'l'])
    expect(settledBoth(KEPT_MS + 1)).toEqual(['l'])
  })

  it('is forgotten oldest first where more settles than there is room for', () => {
    const knownOf = (count: number) =>
      knownAfter((needs) => {
        needs.settle('early', { value: 'e', settledAt: 1000 })
        for (let other = 2; other < count; other += 1) {
          needs.settle(`other-${other}`, { value: null, settledAt: 1000 })
        }
        needs.settle('late', { value: 'l', settledAt: 1000 })
      })
    expect(knownOf(4000)).toEqual(['e', 'l'])
    expect(knownOf(4001)).toEqual(['l'])
  })
})
