/** Enrichers of one process, over the in-memory broker in virtual time. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createNeighbours, type Neighbours } from '../../../services/enricher/neighbours.ts'
import { lookupSettled } from '../../records.ts'
import { arrivalOf, BILLING, createWorld, CRM, found, type Script } from './world.ts'

const IDENTITIES = ['c-1', 'c-2', null] as const
const answerWith = (facts: Record<string, string>, afterMs: number): Script => {
  return () => ({ afterMs, result: found(facts) })
}
const SILENT: Script = () => null

/** The CRM's enricher and billing's, which needs what the CRM says; what billing was asked is kept. */
async function together(crm: Script) {
  const world = createWorld([CRM, BILLING])
  const asked: unknown[] = []
  const billing: Script = (question) => {
    asked.push(question)
    return { afterMs: 1, result: found({ pastDue: true }) }
  }
  const start = () =>
    world.run(
      world.together({ crm: { script: crm }, billing: { script: billing, inputs: ['need'] } }),
    )
  const started = await start()
  await world.pass(2000)
  return { world, asked, start, ...started }
}

/** Billing's enricher alone, which is told by whom the test plays. */
async function toldWorld() {
  const inner = createNeighbours()
  let listeners = 0
  const neighbours: Neighbours = {
    tell: inner.tell,
    listen(hearing) {
      const stop = inner.listen(hearing)
      listeners += 1
      return () => {
        listeners -= 1
        stop()
      }
    },
  }
  const world = createWorld([CRM, BILLING])
  const asked: unknown[] = []
  const script: Script = (question) => {
    asked.push(question)
    return { afterMs: 1, result: found({ pastDue: true }) }
  }
  const start = () => world.run(world.start('billing', script, { neighbours, inputs: ['need'] }))
  const { enricher } = await start()
  await world.pass(2000)
  return { world, asked, neighbours, enricher, start, listeners: () => listeners }
}

const crmSaid = (callId: string, customerId: string | null) =>
  lookupSettled({ callId, facts: customerId === null ? {} : { customerId } })

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
    expect((billing?.appendedAt ?? 0) - (crm?.appendedAt ?? 0)).toBeLessThanOrEqual(4)
  })

  it('skip it as soon as the fact is known not to come', async () => {
    const { world, asked } = await together(answerWith({}, 20))
    world.arrive(arrivalOf('call-1'))
    await world.pass(500)
    expect(asked).toEqual([])
    expect(world.settled('billing')).toMatchObject([{ outcome: 'SKIPPED', cause: 'NEEDS_UNMET' }])
  })

  it('go by the log for calls whose lookup another process settled', async () => {
    const { world, asked } = await together(SILENT)
    world.arrive(arrivalOf('call-1'))
    await world.pass(300)
    world.tell(crmSaid('call-1', 'c-9'))
    await world.pass(300)
    expect(asked).toEqual([{ need: 'c-9' }])
  })

  it('answer what is under way when they are told to stop, and leave nothing open', async () => {
    const { world, enrichers } = await together(answerWith({ customerId: 'c-1' }, 400))
    world.arrive(arrivalOf('call-1'))
    await world.pass(100)
    await world.run(enrichers.stop())
    expect(world.settled('crm')).toMatchObject([{ outcome: 'FOUND', attempts: 1 }])
    expect(world.settled('billing')).toMatchObject([{ outcome: 'FOUND' }])
  })

  it('tell who has not taken all partitions up', async () => {
    const { world, enrichers, start } = await together(SILENT)
    expect(enrichers.missing()).toEqual([])
    const { enrichers: more } = await start()
    expect(more.missing().toSorted()).toEqual(['billing', 'crm'])
    await world.pass(3000)
    expect(more.missing()).toEqual([])
  })
})

describe('What neighbours tell', () => {
  it('is for the partitions that are held, and for nobody who has stopped', async () => {
    const { world, neighbours, enricher, listeners } = await toldWorld()
    expect(() => neighbours.tell(99, crmSaid('call-1', 'c-1'), world.time.nowMs())).not.toThrow()
    expect(listeners()).toBe(1)
    await world.run(enricher.stop())
    expect(listeners()).toBe(0)
  })

  it('counts once, whoever tells how often: what was told first', async () => {
    const tellings = fc.array(
      fc.record({ byLog: fc.boolean(), value: fc.constantFrom(...IDENTITIES) }),
      { minLength: 1, maxLength: 6 },
    )
    await fc.assert(
      fc.asyncProperty(tellings, async (told) => {
        const { world, asked, neighbours } = await toldWorld()
        world.arrive(arrivalOf('call-1'))
        await world.pass(300)
        for (const { byLog, value } of told) {
          if (byLog) world.tell(crmSaid('call-1', value))
          else neighbours.tell(0, crmSaid('call-1', value), world.time.nowMs())
          await world.pass(200)
        }
        const first = told[0]?.value ?? null
        expect(asked).toEqual(first === null ? [] : [{ need: first }])
        expect(world.settled('billing')).toHaveLength(1)
      }),
      { numRuns: 25 },
    )
  })

  it('does not go before what stands in the log already (§4.4)', async () => {
    const { world, asked, neighbours, enricher, start } = await toldWorld()
    await world.run(enricher.stop())
    world.arrive(arrivalOf('call-1'))
    world.tell(crmSaid('call-1', 'c-1'))
    // The CRM is asked again by a process that starts, and fails before the log was read so far.
    await start()
    for (let ms = 0; ms < 1500; ms += 1) {
      neighbours.tell(0, crmSaid('call-1', null), world.time.nowMs())
      await world.pass(1)
    }
    expect(asked).toEqual([{ need: 'c-1' }])
  })
})
