/** Enrichers of one process, over the in-memory broker in virtual time. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createNeighbours } from '../../../services/enricher/neighbours.ts'
import { lookupSettled } from '../../records.ts'
import { arrivalOf, BILLING, createWorld, CRM, found, type Script } from './world.ts'

const IDENTITIES = ['c-1', 'c-2', null] as const
const answerWith = (facts: Record<string, string>, afterMs: number): Script => {
  return () => ({ afterMs, result: found(facts) })
}

/** The CRM's enricher and billing's, which needs what the CRM says; what billing was asked is kept. */
async function together(crm: Script, neighbours = createNeighbours()) {
  const world = createWorld([CRM, BILLING])
  const asked: unknown[] = []
  const billing: Script = (question) => {
    asked.push(question)
    return { afterMs: 1, result: found({ pastDue: true }) }
  }
  const crmSide = await world.run(world.start('crm', crm, { neighbours }))
  const side = await world.run(world.start('billing', billing, { neighbours, inputs: ['need'] }))
  await world.pass(2000)
  return { world, asked, crmSide, side }
}

describe('Enrichers that share a process', () => {
  it('ask what needs a lookup as soon as that has settled, not when the log tells', async () => {
    const { world, asked } = await together(answerWith({ customerId: 'c-1' }, 20))
    world.arrive(arrivalOf('call-1'))
    await world.pass(500)
    expect(asked).toEqual([{ need: 'c-1' }])
    const [crm] = world.settled('crm')
    const [billing] = world.settled('billing')
    expect(billing).toMatchObject({ outcome: 'FOUND', facts: { pastDue: true } })
    // An append and a fetch take longer than this in the world of these tests.
    expect((billing?.appendedAt ?? 0) - (crm?.appendedAt ?? 0)).toBeLessThanOrEqual(2)
  })

  it('skip it as soon as the fact is known not to come', async () => {
    const { world, asked } = await together(answerWith({}, 20))
    world.arrive(arrivalOf('call-1'))
    await world.pass(500)
    expect(asked).toEqual([])
    expect(world.settled('billing')).toMatchObject([{ outcome: 'SKIPPED', cause: 'NEEDS_UNMET' }])
  })

  it('go by the log for calls whose lookup another process settled', async () => {
    const { world, asked, crmSide } = await together(() => null)
    crmSide.process.kill()
    world.arrive(arrivalOf('call-1'))
    await world.pass(300)
    world.tell(lookupSettled({ callId: 'call-1', facts: { customerId: 'c-9' } }))
    await world.pass(300)
    expect(asked).toEqual([{ need: 'c-9' }])
  })

  it('do not hear of partitions that are not theirs, and of nothing once they stopped', async () => {
    const neighbours = createNeighbours()
    const { world, asked, side } = await together(() => null, neighbours)
    const lookup = lookupSettled({ callId: 'call-1', facts: { customerId: 'c-1' } })
    expect(() => neighbours.tell(99, lookup, world.time.nowMs())).not.toThrow()
    world.arrive(arrivalOf('call-1'))
    await world.pass(300)
    await world.run(side.enricher.stop())
    neighbours.tell(0, lookup, world.time.nowMs())
    await world.pass(300)
    expect(asked).toEqual([])
  })

  it('ask once, with what was told first, whoever tells how often', async () => {
    const tellings = fc.array(
      fc.record({ byLog: fc.boolean(), value: fc.constantFrom(...IDENTITIES) }),
      { minLength: 1, maxLength: 6 },
    )
    await fc.assert(
      fc.asyncProperty(tellings, async (told) => {
        const neighbours = createNeighbours()
        const { world, asked } = await together(() => null, neighbours)
        world.arrive(arrivalOf('call-1'))
        await world.pass(300)
        for (const { byLog, value } of told) {
          const facts = value === null ? {} : { customerId: value }
          const lookup = lookupSettled({ callId: 'call-1', facts })
          if (byLog) world.tell(lookup)
          else neighbours.tell(0, lookup, world.time.nowMs())
          await world.pass(200)
        }
        const first = told[0]?.value ?? null
        expect(asked).toEqual(first === null ? [] : [{ need: first }])
        expect(world.settled('billing')).toHaveLength(1)
      }),
      { numRuns: 25 },
    )
  })
})
