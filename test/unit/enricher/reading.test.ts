/** Which arrivals an enricher takes up, over the in-memory broker in virtual time. */
import { describe, expect, it } from 'vitest'
import { arrivalOf, createWorld, CRM, found, TRACEPARENT } from './world.ts'

const answer = found({ customerId: 'c-1', tier: 'STANDARD' })

async function crmWorld() {
  const world = createWorld([CRM])
  await world.run(world.start('crm', () => ({ afterMs: 30, result: answer })))
  await world.pass(2000)
  return world
}

describe('An arrival the router calls unreadable (design §4.10)', () => {
  it.each([
    ['a call id of 513 bytes', arrivalOf('x'.repeat(513))],
    ['a call id of 257 letters that take 514 bytes', arrivalOf('é'.repeat(257))],
    ['more than 512 KiB', arrivalOf('call-1', { attributes: { note: 'x'.repeat(512 * 1024) } })],
  ])('is passed over, counted and committed when it has %s', async (_what, arrival) => {
    const world = await crmWorld()
    world.arrive(arrival)
    await world.pass(2000)
    expect(world.passedOver).toEqual(['unreadable'])
    expect(world.asks()).toBe(0)
    expect(world.settled('crm')).toEqual([])
    expect(world.broker.group('enricher-crm').committed('call.arrived').get(0)?.offset).toBe(1)
  })

  it('does not begin one byte earlier', async () => {
    const world = await crmWorld()
    world.arrive(arrivalOf('é'.repeat(256)))
    await world.pass(500)
    expect(world.settled('crm')).toMatchObject([{ outcome: 'FOUND' }])
  })
})

describe('A trace header', () => {
  it('is copied when it is one, and dropped when it is not', async () => {
    const world = await crmWorld()
    world.arrive(arrivalOf('good'), 0, TRACEPARENT)
    world.arrive(arrivalOf('odd'), 0, '00-abc-def-01')
    world.arrive(arrivalOf('huge'), 0, 'x'.repeat(100_000))
    await world.pass(500)
    const traces = world.settled('crm').map(({ callId, traceparent }) => [callId, traceparent])
    expect(traces).toEqual([
      ['good', TRACEPARENT],
      ['odd', null],
      ['huge', null],
    ])
  })
})
