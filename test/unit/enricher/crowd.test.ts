/** An enricher in front of whose dependency thousands wait, over the in-memory broker. */
import { describe, expect, it } from 'vitest'
import { failure } from '../../../services/enricher/core/live.ts'
import { ENRICHER_DEFAULTS } from '../../../services/enricher/settings.ts'
import { arrivalOf, createWorld, CRM, type Script } from './world.ts'

const SLOTS = 16
const WAITING = 4000
const hangs: Script = () => null
const asksToBeLeftAlone: Script = () => ({
  afterMs: 200,
  result: failure('OVERLOADED', 'answered with status 429', { retryAfterMs: 5000 }),
})

describe('An enricher with thousands in line (design §5)', () => {
  it.each([
    ['the circuit opens', hangs, 'RESPONSE'],
    ['the dependency asks to be left alone', asksToBeLeftAlone, 'OVERLOADED'],
  ])('settles every one of them when %s', async (_when, script, cause) => {
    const world = createWorld([CRM])
    const settings = {
      ...ENRICHER_DEFAULTS,
      bulkhead: { slots: SLOTS, queueMax: WAITING },
    }
    await world.run(world.start('crm', script, { settings }))
    await world.pass(2000)
    for (let call = 0; call < SLOTS + WAITING; call++) world.arrive(arrivalOf(`call-${call}`))
    await world.pass(3000)
    const settled = world.settled('crm')
    expect(new Set(settled.map(({ callId }) => callId)).size).toBe(SLOTS + WAITING)
    expect(settled.filter((record) => record.cause === cause).length).toBeGreaterThanOrEqual(10)
  })
})
