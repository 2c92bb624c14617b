/** An enricher while policies are published: each lookup goes by the version that governs its call. */
import { describe, expect, it } from 'vitest'
import { fitFacts } from '../../../services/enricher/core/shape.ts'
import { versionsFrom } from './versions.ts'
import { arrivalOf, BILLING, createWorld, CRM, found } from './world.ts'
import { lookupSettled } from '../../records.ts'

const crmSaid = (callId: string) => lookupSettled({ callId, facts: { customerId: 'c-1' } })

describe('A lookup goes by the policy that governs its call (design §6):', () => {
  it('its timeout is that of the version, whatever is published meanwhile', async () => {
    const world = createWorld([CRM])
    const { publish, ...policies } = versionsFrom([CRM])
    await world.run(world.start('crm', () => null, policies))
    await world.pass(2000)
    const from = world.time.nowMs() + 5000
    publish([{ ...CRM, timeoutMs: 500 }], from)
    await world.pass(4900)
    world.arrive(arrivalOf('before'))
    await world.pass(300)
    world.arrive(arrivalOf('after'))
    await world.pass(4000)
    const budgets = world.settled('crm').map(({ callId, budgetMs }) => [callId, budgetMs])
    expect(budgets).toEqual([
      ['after', 500],
      ['before', 2000],
    ])
  })

  it('one that the version does not know is not looked up', async () => {
    const world = createWorld([CRM])
    const { publish, ...policies } = versionsFrom([CRM])
    await world.run(world.start('crm', () => ({ afterMs: 5, result: found({}) }), policies))
    await world.pass(2000)
    publish([], world.time.nowMs() + 100)
    await world.pass(200)
    world.arrive(arrivalOf('call-1'))
    await world.pass(3000)
    expect([world.asks(), world.settled('crm').length]).toEqual([0, 0])
  })

  it('what a version begins to need is read from then on', async () => {
    const alone = { ...BILLING, needs: null }
    const world = createWorld([CRM, alone])
    const { publish, ...policies } = versionsFrom([CRM, alone])
    const asked: unknown[] = []
    const script = (question: unknown) => {
      asked.push(question)
      return { afterMs: 5, result: found({ pastDue: true }) }
    }
    await world.run(world.start('billing', script, { ...policies, inputs: ['need'] }))
    await world.pass(2000)
    world.tell(crmSaid('before'))
    world.arrive(arrivalOf('before'))
    await world.pass(500)
    // What was not needed is not read: there is nothing to ask with.
    expect(world.settled('billing', 'before')).toMatchObject([{ outcome: 'SKIPPED' }])
    publish([CRM, BILLING], world.time.nowMs() + 5000)
    await world.pass(6000)
    world.arrive(arrivalOf('after'))
    await world.pass(200)
    world.tell(crmSaid('after'))
    await world.pass(500)
    expect(asked).toEqual([{ need: 'c-1' }])
    expect(world.settled('billing', 'after')).toMatchObject([{ outcome: 'FOUND' }])
  })

  it('two versions may need different facts at once', async () => {
    const other = { ...BILLING, needs: { dependency: 'crm', fact: 'accountId' } }
    const world = createWorld([CRM, BILLING])
    const { publish, ...policies } = versionsFrom([CRM, BILLING])
    const asked: unknown[] = []
    const script = (question: unknown) => {
      asked.push(question)
      return { afterMs: 5, result: found({ pastDue: true }) }
    }
    await world.run(world.start('billing', script, { ...policies, inputs: ['need'] }))
    await world.pass(2000)
    publish([CRM, other], world.time.nowMs() + 1000)
    world.arrive(arrivalOf('before'))
    await world.pass(1100)
    world.arrive(arrivalOf('after'))
    for (const callId of ['before', 'after']) {
      world.tell({ ...crmSaid(callId), facts: { customerId: 'c-1', accountId: 'a-1' } })
    }
    await world.pass(500)
    expect(asked).toEqual([{ need: 'c-1' }, { need: 'a-1' }])
  })
})

describe('Facts given under another version', () => {
  const keep = { audit: 'keep', screen: false } as const

  it('are what this one declares: others left out, lacking and otherwise typed ones missing', () => {
    const given = { tier: 'GOLD', level: '3', old: true }
    const specs = {
      tier: { type: 'string', ...keep },
      level: { type: 'long', ...keep },
      since: { type: 'string', ...keep },
    } as const
    expect(fitFacts(given, specs)).toEqual({
      facts: { tier: 'GOLD' },
      missing: ['level', 'since'],
    })
  })
})
