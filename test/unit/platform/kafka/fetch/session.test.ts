import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Wanted } from '../../../../../services/platform/kafka/fetch/format.ts'
import {
  createFetchSession,
  createSessionless,
} from '../../../../../services/platform/kafka/fetch/session.ts'

type Asked = ReturnType<ReturnType<typeof createFetchSession>['next']>

/** A broker's side (KIP-227): what it believes that we want, by topic and partition. */
function brokerSide() {
  let session = { id: 0, epoch: 0 }
  const believed = new Map<string, number>()
  let made = 0
  return {
    believed: () => Object.fromEntries(believed),
    /** The session's id in the answer; null where the request does not fit what the broker knows. */
    take({ session: asked, wanted, forgotten }: Asked, hasRoom: boolean): number | null {
      if (asked.epoch === 0) {
        believed.clear()
        made += 1
        session = { id: hasRoom ? made : 0, epoch: 1 }
      } else if (asked.id !== session.id || asked.epoch !== session.epoch) return null
      else session = { ...session, epoch: session.epoch + 1 }
      for (const [topic, partitions] of forgotten) {
        for (const partition of partitions) believed.delete(`${topic} ${partition}`)
      }
      for (const [topic, offsets] of wanted) {
        for (const [partition, offset] of offsets) believed.set(`${topic} ${partition}`, offset)
      }
      return session.id
    },
  }
}

const plain = (wanted: Wanted) =>
  Object.fromEntries(
    [...wanted].flatMap(([topic, offsets]) =>
      [...offsets].map(([partition, offset]) => [`${topic} ${partition}`, offset] as const),
    ),
  )

const wantedArbitrary: fc.Arbitrary<Wanted> = fc
  .dictionary(
    fc.constantFrom('arrived', 'lookup', 'routed'),
    fc.uniqueArray(fc.tuple(fc.nat(4), fc.nat(3)), { minLength: 1, selector: ([one]) => one }),
  )
  .map(
    (topics) =>
      new Map(Object.entries(topics).map(([topic, offsets]) => [topic, new Map(offsets)])),
  )

describe('a fetch session', () => {
  test('leaves the broker believing what is wanted, whatever was before', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ wanted: wantedArbitrary, hasRoom: fc.boolean() })),
        (steps) => {
          const session = createFetchSession()
          const broker = brokerSide()
          for (const { wanted, hasRoom } of steps) {
            const id = broker.take(session.next(wanted), hasRoom)
            expect(id).not.toBeNull()
            session.answered(id ?? 0)
            expect(broker.believed()).toEqual(plain(wanted))
          }
        },
      ),
    )
  })

  test('names only what has changed, once the broker knows it', () => {
    const session = createFetchSession()
    const before: Wanted = new Map([
      [
        'arrived',
        new Map([
          [0, 5],
          [1, 6],
        ]),
      ],
      ['lookup', new Map([[0, 7]])],
    ])
    expect(session.next(before)).toEqual({
      session: { id: 0, epoch: 0 },
      wanted: before,
      forgotten: new Map(),
    })
    session.answered(9)
    const after: Wanted = new Map([
      [
        'arrived',
        new Map([
          [0, 5],
          [1, 8],
        ]),
      ],
    ])
    expect(session.next(after)).toEqual({
      session: { id: 9, epoch: 1 },
      wanted: new Map([['arrived', new Map([[1, 8]])]]),
      forgotten: new Map([['lookup', [0]]]),
    })
  })

  test('none: everything is asked for every time, each time with another partition first', () => {
    const wanted: Wanted = new Map([['arrived', new Map(FIRST_THREE)]])
    const sessionless = createSessionless()
    const asked = Array.from({ length: 3 }, () => {
      const next = sessionless.next(wanted)
      sessionless.answered(7)
      expect(next).toEqual({ session: { id: 0, epoch: -1 }, wanted, forgotten: new Map() })
      return [...(next.wanted.get('arrived')?.keys() ?? [])]
    })
    expect(new Set(asked.map(([first]) => first))).toEqual(new Set([0, 1, 2]))
  })

  test('that the broker has no room for asks for everything in turn as well', () => {
    const wanted: Wanted = new Map([['arrived', new Map(FIRST_THREE)]])
    const session = createFetchSession()
    const firsts = Array.from({ length: 3 }, () => {
      const [first] = session.next(wanted).wanted.get('arrived')?.keys() ?? []
      session.answered(0)
      return first
    })
    expect(new Set(firsts)).toEqual(new Set([0, 1, 2]))
  })
})

const FIRST_THREE: readonly (readonly [number, number])[] = [
  [0, 5],
  [1, 6],
  [2, 7],
]
