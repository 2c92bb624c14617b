import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { lateUnexcused } from '../../../services/chaos/late.ts'
import { outagesOf, unreadStretches } from '../../../services/chaos/outages.ts'
import type { Trouble } from '../../../services/chaos/scenario.ts'
import { intersection, type Span, union } from '../../../services/chaos/spans.ts'
import type { BrokerEvent, ServiceEvent, TruthLine } from '../../../services/chaos/truth.ts'
import {
  backup,
  broker,
  END,
  leaders,
  network,
  one,
  outages,
  router,
  service,
  three,
} from './truth-lines.ts'

const secondRouter = service(0, 'router', 'router-2', 'ready')
const lengthOf = (spans: readonly Span[]): number =>
  spans.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0)

describe('what is no outage', () => {
  it('nothing was done', () => {
    expect(outages([router])).toEqual([])
  })

  it('the only primary is killed while a backup runs', () => {
    expect(outages([router, backup, service(1000, 'router', 'router-1', 'SIGKILL')])).toEqual([])
  })

  it('a router among others leaves in order', () => {
    const left = service(1000, 'router', 'router-1', 'SIGTERM')
    expect(outages([router, secondRouter, left])).toEqual([])
  })

  it('the way to the brokers is slow, but less than the publish margin', () => {
    const slow = network(1000, 'services', { kind: 'latency', ms: 150, jitterMs: 50 })
    expect(outages([router, slow])).toEqual([])
  })

  it('only the primaries are cut off while a backup runs', () => {
    const cut = network(1000, 'router', { kind: 'blackhole', direction: 'both' })
    expect(outages([router, backup, cut])).toEqual([])
  })
})

describe('before the first call', () => {
  it('nothing is an outage: the crew is still starting', () => {
    const begin: TruthLine = {
      at: 500,
      kind: 'calls',
      target: 'switch',
      detail: { what: 'begin', count: 10 },
    }
    const ready = service(400, 'router', 'router-1', 'ready')
    expect(outagesOf([ready, begin], three)).toEqual([])
    const killed = service(900, 'router', 'router-1', 'SIGKILL')
    expect(outagesOf([ready, begin, killed], three)).toEqual([{ fromMs: 900, toMs: END }])
  })
})

describe('how long an outage is', () => {
  it('one of two routers is killed: a session and the taking up', () => {
    const truth = [router, secondRouter, service(1000, 'router', 'router-1', 'SIGKILL')]
    expect(outages(truth)).toEqual([{ fromMs: 1000, toMs: 11_000 }])
  })

  it('the only router is killed: until the next one is ready', () => {
    const killed = service(1000, 'router', 'router-1', 'SIGKILL')
    const next = service(30_000, 'router', 'router-2', 'ready')
    expect(outages([router, killed, next])).toEqual([{ fromMs: 1000, toMs: 30_000 }])
    expect(outages([router, killed])).toEqual([{ fromMs: 1000, toMs: END }])
  })

  it('a router that sleeps less than its session: until it woke and read to the ends', () => {
    const truth = [
      router,
      secondRouter,
      service(1000, 'router', 'router-1', 'SIGSTOP'),
      service(4000, 'router', 'router-1', 'SIGCONT'),
    ]
    expect(outages(truth)).toEqual([{ fromMs: 1000, toMs: 5000 }])
  })

  it('one of three brokers is killed: its session and the finding of a new leader', () => {
    expect(outages([router, broker(1000, 1, 'SIGKILL'), broker(60_000, 1, 'back')])).toEqual([
      { fromMs: 1000, toMs: 12_500 },
    ])
  })

  it('one of three brokers stops for a moment: no longer than the moment and the finding', () => {
    expect(outages([router, broker(1000, 1, 'SIGSTOP'), broker(2000, 1, 'SIGCONT')])).toEqual([
      { fromMs: 1000, toMs: 5500 },
    ])
  })

  it('two of three brokers are dead: until one is back and the quorum found itself', () => {
    const truth = [
      router,
      broker(1000, 1, 'SIGKILL'),
      broker(20_000, 2, 'SIGKILL'),
      broker(40_000, 1, 'back'),
      broker(80_000, 2, 'back'),
    ]
    expect(outages(truth)).toEqual([
      { fromMs: 1000, toMs: 12_500 },
      { fromMs: 20_000, toMs: 48_000 },
    ])
  })

  it('leaders moved, though nobody struck: from the look before until appends wait no more', () => {
    expect(outages([router, leaders(5000, 510)])).toEqual([{ fromMs: 4490, toMs: 6000 }])
    expect(outages([router, leaders(90_000, 60_000)])).toEqual([{ fromMs: 89_000, toMs: 91_000 }])
  })

  it('the only broker is gone: until it is back', () => {
    const truth = [router, broker(1000, 1, 'SIGKILL'), broker(9000, 1, 'back')]
    expect(outages(truth, one)).toEqual([{ fromMs: 1000, toMs: 17_000 }])
  })

  it('both lanes are cut off: until the cut is healed, and the members are back in their groups', () => {
    const truth = [
      router,
      backup,
      network(1000, 'services', { kind: 'down' }),
      network(3000, 'services', { kind: 'none' }),
    ]
    expect(outages(truth)).toEqual([{ fromMs: 1000, toMs: 7500 }])
  })
})

const time = fc.integer({ min: 1, max: END - 1 })
const serviceEvent = fc.constantFrom<ServiceEvent>('SIGKILL', 'SIGTERM', 'SIGSTOP', 'SIGCONT')
const trouble = fc.constantFrom<Trouble>(
  { kind: 'none' },
  { kind: 'down' },
  { kind: 'reset' },
  { kind: 'blackhole', direction: 'out' },
)
const toPrimaries = fc.oneof(
  fc.tuple(time, serviceEvent).map(([at, what]) => service(at, 'router', 'router-1', what)),
  fc.tuple(time, serviceEvent).map(([at, what]) => service(at, 'router', 'router-2', what)),
  fc.tuple(time, trouble).map(([at, what]) => network(at, 'router', what)),
)
const toOthers = fc.oneof(
  fc
    .tuple(time, serviceEvent)
    .map(([at, what]) => service(at, 'enricher crm', 'enricher-crm-1', what)),
  time.map(
    (at): TruthLine => ({
      at,
      kind: 'dependency',
      target: 'crm',
      detail: { mode: 'hang', share: 1 },
    }),
  ),
  time.map(
    (at): TruthLine => ({
      at,
      kind: 'network',
      target: 'services → registry',
      detail: { link: { from: 'services', to: 'registry' }, trouble: { kind: 'down' } },
    }),
  ),
)
const toBrokers = fc
  .tuple(
    time,
    fc.integer({ min: 1, max: 3 }),
    fc.constantFrom<BrokerEvent>('SIGKILL', 'SIGSTOP', 'SIGCONT', 'back'),
  )
  .map(([at, node, what]) => broker(at, node, what))
const history = (act: fc.Arbitrary<TruthLine>): fc.Arbitrary<TruthLine[]> =>
  fc.array(act, { maxLength: 12 }).map((acts) => acts.toSorted((a, b) => a.at - b.at))

describe('whatever is done', () => {
  it('with a backup lane nothing that is done to primaries alone is an outage', () => {
    fc.assert(
      fc.property(history(toPrimaries), (acts) => {
        expect(outages([router, secondRouter, backup, ...acts])).toEqual([])
      }),
    )
  })

  it('nothing that is done to enrichers, dependencies or the registry is an outage', () => {
    fc.assert(
      fc.property(history(toOthers), (acts) => {
        expect(outages([router, ...acts])).toEqual([])
      }),
    )
  })

  it('outages come in order, do not touch, and begin with an act', () => {
    fc.assert(
      fc.property(history(fc.oneof(toPrimaries, toBrokers)), (acts) => {
        const found = outages([router, secondRouter, ...acts])
        for (const [index, { fromMs, toMs }] of found.entries()) {
          expect(fromMs).toBeLessThanOrEqual(toMs)
          expect(fromMs).toBeGreaterThan(found[index - 1]?.toMs ?? -1)
          expect(acts.map(({ at }) => at)).toContain(fromMs)
        }
      }),
    )
  })

  it('harm to one of three brokers is excused for 11.5 s at most, each time', () => {
    fc.assert(
      fc.property(history(toBrokers), (acts) => {
        const alone = acts.filter(({ target }) => target === '1')
        const harms = alone.filter(({ detail }) => 'what' in detail && detail.what !== 'back')
        expect(lengthOf(outages([router, ...alone]))).toBeLessThanOrEqual(11_500 * harms.length)
      }),
    )
  })
})

describe('stretches of time', () => {
  const span = fc
    .tuple(fc.integer({ min: 0, max: 50 }), fc.integer({ min: 0, max: 20 }))
    .map(([fromMs, length]) => ({ fromMs, toMs: fromMs + length }))
  const spans = fc.array(span, { maxLength: 6 })
  const has = (given: readonly Span[], at: number): boolean =>
    given.some(({ fromMs, toMs }) => fromMs <= at && at <= toMs)

  it('union and intersection hold the moments that one or both hold', () => {
    fc.assert(
      fc.property(spans, spans, fc.integer({ min: 0, max: 80 }), (a, b, at) => {
        expect(has(union([...a, ...b]), at)).toBe(has(a, at) || has(b, at))
        expect(has(intersection(a, b), at)).toBe(has(a, at) && has(b, at))
      }),
    )
  })
})

describe('who is excused', () => {
  const call = (decideBy: number, decidedAt: number) => ({
    callId: 'c',
    name: 'c#1',
    partition: 0,
    arrivedAt: decideBy - 2500,
    decideBy,
    decidedAt,
  })
  const outage = [{ fromMs: 10_000, toMs: 20_000 }]

  it('a call that was due in an outage', () => {
    expect(lateUnexcused([call(15_000, 21_000)], outage, 50)).toEqual([])
  })

  it('but none that was decided long after its end', () => {
    const forgotten = call(15_000, 30_001)
    expect(lateUnexcused([call(15_000, 30_000), forgotten], outage, 50)).toEqual([forgotten])
  })

  it('no call that was due before it, or after it', () => {
    const before = call(9000, 21_000)
    const after = call(20_500, 21_000)
    expect(lateUnexcused([before, after], outage, 50)).toEqual([before, after])
  })
})

describe('stretches in which calls gather unread', () => {
  const begin = [router, network(1000, 'router', { kind: 'down' })]

  it('are those of brokers and of all services, not those of a router alone', () => {
    expect(unreadStretches(begin, 'crm', three)).toEqual([])
    const all = network(20_000, 'services', { kind: 'down' })
    expect(unreadStretches([...begin, all], 'crm', three)[0]?.fromMs).toBe(20_000)
    const stopped = [broker(50_000, 1, 'SIGSTOP'), broker(52_000, 1, 'SIGCONT')]
    expect(unreadStretches([...begin, ...stopped], 'crm', three)[0]?.fromMs).toBe(50_000)
  })

  it('are one enricher’s own where it alone is cut off', () => {
    const cut = [router, network(9000, 'enricher priority', { kind: 'down' })]
    expect(unreadStretches(cut, 'priority', three)[0]?.fromMs).toBe(9000)
    expect(unreadStretches(cut, 'crm', three)).toEqual([])
  })

  it('are none where only routers are gone', () => {
    const gone = service(30_000, 'router', 'router-1', 'SIGKILL')
    expect(outages([router, gone])).not.toEqual([])
    expect(unreadStretches([router, gone], 'crm', three)).toEqual([])
  })
})
