import { describe, expect, test } from 'vitest'
import { replay } from '../../../services/audit/replay.ts'
import type { Evidence, PromiseId, Topics } from '../../../services/audit/verify/evidence.ts'
import { PROMISES, verify } from '../../../services/audit/verify/verify.ts'
import { applied, decision, hash, routed, seal, wholeEvidence } from './world.ts'

const withTopics = (change: (topics: Topics) => Partial<Topics>): Evidence => {
  const evidence = wholeEvidence()
  return { ...evidence, topics: { ...evidence.topics, ...change(evidence.topics) } }
}

const only = <T>(items: readonly T[]): T => {
  const [first] = items
  if (first === undefined) throw new Error('expected one')
  return first
}

/** One planted breach a row: the promise that must see it, and how it is planted. */
const PLANTED: readonly (readonly [PromiseId, string, () => Evidence])[] = [
  ['I1', 'a call that was never decided', () => withTopics(() => ({ routed: [] }))],
  [
    'I2',
    'two effective decisions, in two partitions',
    () => withTopics(({ routed: all }) => ({ routed: [...all, { ...only(all), partition: 1 }] })),
  ],
  [
    'I2',
    'an ACD that acted twice',
    () => ({
      ...wholeEvidence(),
      delivered: [
        { callId: 'call-1', requestNo: 1, decisionId: 'd1' },
        { callId: 'call-1', requestNo: 1, decisionId: 'd1' },
      ],
    }),
  ],
  [
    'I2',
    'a loser that the audit calls effective',
    () =>
      withTopics(({ decisions }) => ({
        decisions: [{ ...only(decisions), value: { ...decision, decisionId: 'd2' } }],
      })),
  ],
  ['I2', 'a decision without audit', () => withTopics(() => ({ decisions: [] }))],
  ['I3', 'a decision for nobody', () => withTopics(() => ({ arrived: [] }))],
  [
    'I3',
    "a decision outside its arrival's partition",
    () => withTopics(({ routed: all }) => ({ routed: [{ ...only(all), partition: 3 }] })),
  ],
  [
    'I4',
    'a decision after decideBy',
    () => withTopics(({ routed: all }) => ({ routed: [{ ...only(all), appendedAt: 3551 }] })),
  ],
  ['I5', 'a reason that is not audited', () => withTopics(() => ({ fallbacks: [] }))],
  [
    'I5',
    'a reason audited under two event ids',
    () =>
      withTopics(({ fallbacks }) => ({
        fallbacks: [
          ...fallbacks,
          { ...only(fallbacks), offset: 1, value: { ...applied, eventId: 'e2' } },
        ],
      })),
  ],
  [
    'I5',
    'an audited reason that no decision has',
    () =>
      withTopics(({ fallbacks }) => ({
        fallbacks: [
          ...fallbacks,
          { ...only(fallbacks), offset: 1, value: { ...applied, reason: 'OTHER' } },
        ],
      })),
  ],
  [
    'I5',
    'a cause that nobody caused',
    () => ({
      ...wholeEvidence(),
      faults: [{ dependency: 'crm', mode: 'badJson', fromMs: 0, toMs: 10_000 }],
    }),
  ],
  [
    'I5',
    'a lookup that failed without a reason',
    () =>
      withTopics(({ routed: all }) => ({
        routed: [{ ...only(all), value: { ...routed, fallbacks: [] } }],
        fallbacks: [],
      })),
  ],
  ['I6', 'a late answer that is not recorded', () => withTopics(() => ({ late: [] }))],
  [
    'I6',
    'a decision on an answer that was not the first',
    () =>
      withTopics(({ routed: all }) => ({
        routed: [
          {
            ...only(all),
            value: {
              ...routed,
              lookups: routed.lookups.map((one) => ({ ...one, settledOffset: 1 })),
            },
          },
        ],
      })),
  ],
  ['I7', 'a decision that replays differently', () => ({ ...wholeEvidence(), replay: () => 'x' })],
  [
    'I7',
    'a decision by another policy than the one that governed',
    () => ({ ...wholeEvidence(), governing: () => new Set(['v2']) }),
  ],
  [
    'I8',
    'an unreadable record without a dead letter',
    () =>
      withTopics(({ lookups }) => ({
        lookups: [...lookups, { ...only(lookups), offset: 2, value: null }],
      })),
  ],
  [
    'I8',
    'a readable record among the dead letters',
    () =>
      withTopics(() => ({
        deadLetters: [
          { topic: 'call.arrived', partition: 0, offset: 0, code: 'XP_RECORD_UNREADABLE' },
        ],
      })),
  ],
  [
    'I9',
    'lag that stays',
    () => ({
      ...wholeEvidence(),
      lag: {
        samples: [{ atMs: 16_000, records: { router: 0 } }],
        onTheWay: () => 5,
        healedAtMs: 10_000,
        boundMs: 5000,
      },
    }),
  ],
  [
    'I10',
    'a number in a log',
    () => ({ ...wholeEvidence(), readables: [{ source: 'log', text: 'from 4915112345678 ' }] }),
  ],
  [
    'I10',
    'a number in an audit record, before a name of 24 bytes',
    () => ({
      ...wholeEvidence(),
      auditBytes: [
        {
          source: 'audit.decision',
          bytes: Buffer.from('\u001a49151123456780attributes.accountNumber'),
        },
      ],
    }),
  ],
  [
    'I10',
    'a dropped fact in an audit record',
    () => ({
      ...wholeEvidence(),
      secrets: new Set(['Ada Lovelace']),
      auditBytes: [{ source: 'audit.decision', bytes: Buffer.from('\u0002Ada Lovelace\u0000') }],
    }),
  ],
]

describe('the checker of the promises', () => {
  test('finds no breach where there is none', () => {
    expect(verify(wholeEvidence()).filter((one) => !one.holds)).toEqual([])
  })

  test.each(PLANTED)('%s sees %s', (promise, _what, plant) => {
    const verdict = verify(plant()).find((one) => one.id === promise)
    expect(verdict?.holds).toBe(false)
    expect(verdict?.breaches.length).toBeGreaterThan(0)
  })

  test('every promise has a planted breach', () => {
    const planted = new Set(PLANTED.map(([promise]) => promise))
    expect(Object.keys(PROMISES).filter((id) => !planted.has(id as PromiseId))).toEqual([])
  })

  test('a promise for which there is nothing to look at does not hold', () => {
    const { lag: _unknown, ...evidence } = wholeEvidence()
    expect(verify(evidence, ['I9'])[0]?.holds).toBe(false)
  })

  test.each([
    { budgetMs: 249, holds: true },
    { budgetMs: 250, holds: false },
  ])('a timeout of $budgetMs ms of a healthy system: $holds', ({ budgetMs, holds }) => {
    const asked = withTopics(({ routed: all }) => ({
      routed: [
        {
          ...only(all),
          value: { ...routed, lookups: routed.lookups.map((one) => ({ ...one, budgetMs })) },
        },
      ],
    }))
    const elsewhere = [{ dependency: 'billing', mode: 'hang', fromMs: 0, toMs: 10_000 }]
    expect(verify({ ...asked, faults: elsewhere }, ['I5'])[0]?.holds).toBe(holds)
    const away = [{ dependency: 'crm', mode: 'unattended', fromMs: 0, toMs: 10_000 }]
    expect(verify({ ...asked, faults: away }, ['I5'])[0]?.holds).toBe(true)
  })

  test('an outage excuses a late decision that it touches', () => {
    const late = withTopics(({ routed: all }) => ({ routed: [{ ...only(all), appendedAt: 3900 }] }))
    const excused = { ...late, outages: [{ fromMs: 3200, toMs: 3800 }] }
    expect(verify(excused, ['I4'])[0]?.holds).toBe(true)
  })
})

describe('replay', () => {
  const context = { policyOf: () => null, hash }

  test('a fact or a target altered after the fact is told apart', () => {
    const target = { ...decision.target, id: 'vip' }
    expect(replay({ ...decision, target }, context)).toBe('the record was altered')
    const lookups = decision.lookups.map((one) => ({ ...one, facts: { tier: 'PLATINUM' } }))
    expect(replay({ ...decision, lookups }, context)).toBe('the record was altered')
  })

  test('a decision whose policy text is gone is not called the same', () => {
    expect(replay(seal(decision), context)).toContain('no text of policy v1')
  })
})
