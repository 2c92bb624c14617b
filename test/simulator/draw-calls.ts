/** The calls of a simulated world: when each arrives, where, and in which shape. */
import type { CallArrived } from '../../schemas/records.ts'
import type { Dice } from './dice.ts'
import type { Arrival, Spoilt } from './plan.ts'

export function drawArrivals(
  draw: Dice,
  calls: number,
  partitions: number,
  spanMs: number,
): readonly Arrival[] {
  const arrivals: Arrival[] = []
  for (let index = 0; index < calls; index += 1) {
    const partition = draw.whole(0, partitions - 1)
    const value = drawCall(draw, `call-${index}`)
    const spoilt: Spoilt | null = draw.chance(0.04)
      ? draw.pick<Spoilt>(['bytes', 'empty', 'unknownSchema', 'otherKey', 'noKey'])
      : null
    const atMs = draw.between(0, spanMs)
    const foreignSchema = draw.chance(0.03)
    const arrival = { atMs, partition, value, spoilt, foreignSchema, early: index % 2 === 0 }
    arrivals.push(arrival)
    const copies = draw.chance(0.08) ? 1 : draw.chance(0.01) ? 9 : 0
    for (let copy = 0; copy < copies; copy += 1) {
      arrivals.push({ ...arrival, atMs: atMs + draw.between(0, 6000) })
    }
    if (spoilt === null && draw.chance(0.06)) {
      const again = { ...value, requestNo: 2, ced: '77' }
      arrivals.push({ ...arrival, atMs: atMs + draw.between(200, 6000), value: again })
    }
  }
  return arrivals.toSorted((a, b) => a.atMs - b.atMs)
}

/** The only line whose hours stand in the policy. */
const PARTNER_LINE = '+4930901820099'

function drawCall(draw: Dice, callId: string): CallArrived {
  const withheld = draw.chance(0.08)
  const caller = draw.whole(0, 99)
  return {
    callId,
    requestNo: 1,
    channel: 'VOICE',
    // A switch may send along what the caller withheld.
    ani: withheld && caller % 2 === 0 ? null : `+4930${String(10_000_000 + caller)}`,
    aniPresentation: withheld ? 'RESTRICTED' : 'ALLOWED',
    aniVerification: draw.pick(['NOT_CHECKED', 'PASSED_A', 'FAILED']),
    dnis: draw.pick(['+498001000', '+498002000', PARTNER_LINE]),
    language: draw.pick([null, 'en', 'de', 'es']),
    ced: null,
    ivrChoice: draw.pick([null, '1', '2', 'billing']),
    ivrIntent: draw.pick([null, null, 'billing', 'support']),
    virtualAgent: draw.chance(0.1)
      ? { summary: 'asked about an invoice', intent: 'billing', confidence: 0.8 }
      : null,
    callerAuth: draw.pick(['NONE', 'IDENTIFIED', 'VERIFIED']),
    transferOf: null,
    attributes: {},
    switchTime: null,
    decideWithinMs: draw.chance(0.08) ? draw.whole(1200, 4000) : null,
  }
}
