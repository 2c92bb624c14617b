/** A dependency that says `cache: first`: fresh facts in the cache spare it the question. */
import { describe, expect, it } from 'vitest'
import { ENRICHER_DEFAULTS } from '../../../services/enricher/settings.ts'
import { arrivalOf, createWorld, CRM, found } from './world.ts'

const settings = { ...ENRICHER_DEFAULTS, cache: 'first' } as const

/** A world in which crm has answered `call-1`, with facts of that age. */
async function answeredWorld(ageMs: number) {
  const world = createWorld([CRM])
  const facts = { customerId: 'c-1', tier: 'STANDARD' }
  const script = (_question: unknown, _attempt: number, nowMs: number) => ({
    afterMs: 30,
    result: found(facts, Math.floor(nowMs) - ageMs),
  })
  await world.run(world.start('crm', script, { settings }))
  await world.pass(2000)
  world.arrive(arrivalOf('call-1'))
  await world.pass(500)
  return world
}

describe('with `cache: first` (design §5)', () => {
  it('a caller that is known is answered from the cache, and LIVE is not asked', async () => {
    const world = await answeredWorld(1000)
    world.arrive(arrivalOf('call-2'))
    await world.pass(500)
    expect(world.asks()).toBe(1)
    expect(world.settled('crm', 'call-2')).toMatchObject([
      { outcome: 'FOUND', origin: 'CACHE', cause: null, stale: false, attempts: 0 },
    ])
  })

  it('facts that have grown stale are asked for', async () => {
    const world = await answeredWorld(CRM.staleAfterMs ?? 0)
    await world.pass(1000)
    world.arrive(arrivalOf('call-2'))
    await world.pass(500)
    expect(world.asks()).toBe(2)
    expect(world.settled('crm', 'call-2')).toMatchObject([{ origin: 'LIVE' }])
  })
})
