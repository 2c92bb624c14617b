/** `crosspoint call`: a call is published as a switch does, and the decision told is the one that counts. */
import { describe, expect, test } from 'vitest'
import { arrivalOf } from '../../../services/call/arrival.ts'
import { placeCall } from '../../../services/call/place.ts'
import { partitionOf } from '../../../services/domain/murmur2.ts'
import { callArrived, callRouted } from '../../records.ts'
import { storedTopics } from '../audit/stored.ts'
import { crosspoint } from '../policy/console.ts'

const WAIT_MS = 10_000

describe('a call that is placed', () => {
  const { callId } = callArrived()
  const partition = partitionOf(Buffer.from(callId), 2)
  const arrivalAt = { topic: 'call.arrived', partition, offset: 0 } as const

  function world() {
    const topics = storedTopics()
    const decided = (over: Parameters<typeof callRouted>[0]) => {
      const decidedAt = Math.floor(topics.time.nowMs())
      topics.put('call.routed', callRouted({ callId, arrivalAt, decidedAt, ...over }), partition)
    }
    /** Places it; what happens after so many milliseconds is given. */
    const place = (afterMs: number, happens: () => void) =>
      topics.read((_source, client) => {
        topics.time.after(afterMs, happens)
        const clock = topics.time.clock()
        return placeCall({ client, codec: topics.codec, clock }, callArrived(), WAIT_MS)
      })
    return { topics, decided, place }
  }

  test('stands where a switch puts it, under its id and number', async () => {
    const { topics, decided, place } = world()
    await place(500, () => decided({}))
    const [record, ...more] = topics.broker.records('call.arrived')
    expect(more).toEqual([])
    expect(record).toMatchObject({ partition })
    expect(Buffer.from(record?.key ?? []).toString()).toBe(callId)
    expect(Buffer.from((record?.headers['request-no'] as Uint8Array) ?? []).toString()).toBe('1')
  })

  test('hears the first decision that counts, and no other', async () => {
    const { topics, decided, place } = world()
    decided({ decisionId: 'before' })
    const { decision } = await place(400, () => {
      decided({ callId: 'other', decisionId: 'of another call' })
      decided({ requestNo: 2, decisionId: 'of another request' })
      decided({ decidedAt: Math.floor(topics.time.nowMs()) - 31_000, decisionId: 'void' })
      const elsewhere = { ...arrivalAt, partition: 1 - partition }
      decided({ arrivalAt: elsewhere, decisionId: 'misplaced' })
      decided({ decisionId: 'effective' })
      decided({ decisionId: 'losing' })
    })
    expect(decision.decisionId).toBe('effective')
  })

  test('is told as undecided when nobody decides in time', async () => {
    const { decided, place } = world()
    const placed = place(WAIT_MS + 2000, () => decided({}))
    await expect(placed).rejects.toMatchObject({ code: 'XP_CALL_UNDECIDED' })
  })
})

describe('what is said of a call', () => {
  test('becomes the record a switch would publish', () => {
    const given = {
      dnis: 'line-1',
      ani: '+493023125000',
      ced: '42',
      choice: '2',
      intent: 'billing',
    }
    expect(arrivalOf(given, 'try-a')).toEqual(
      callArrived({
        callId: 'try-a',
        ani: '+493023125000',
        ced: '42',
        ivrChoice: '2',
        ivrIntent: 'billing',
      }),
    )
    expect(arrivalOf({ dnis: 'line-1' }, 'try-a')).toMatchObject({
      ani: null,
      aniPresentation: 'UNAVAILABLE',
    })
  })

  test('is refused without telling the number', async () => {
    for (const ani of ['493023125000', '+49 30 23125000', '+0123456789', '+12']) {
      const { code, err } = await crosspoint('call', '--dnis', 'line-1', '--ani', ani)
      expect(code).toBe(2)
      expect(err).toContain('XP_USAGE')
      expect(err).not.toContain(ani)
    }
    expect((await crosspoint('call', '--dnis', '1', '--wait', 'long')).code).toBe(2)
    expect((await crosspoint('call')).code).toBe(2)
  })
})
