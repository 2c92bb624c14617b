import { describe, expect, it } from 'vitest'
import type { Role } from '../../../services/chaos/scenario.ts'
import type { TruthLine } from '../../../services/chaos/truth.ts'
import type { TopicName } from '../../../services/topology.ts'
import { backup, broker, END, network, one, outages, router } from './truth-lines.ts'

const right = (at: number, user: string, topic: TopicName, may: boolean): TruthLine => ({
  at,
  kind: 'right',
  target: user,
  detail: { topic, may },
})
const certificate = (at: number, what: 'valid' | 'expired'): TruthLine => ({
  at,
  kind: 'certificate',
  target: 'routers',
  detail: { what },
})

describe('who is kept out, full or held up', () => {
  const cutAt = (at: number): TruthLine[] => [
    network(at, 'router', { kind: 'reset' }),
    network(at + 200, 'router', { kind: 'none' }),
  ]

  it('a right that enrichers or audits lack is no outage', () => {
    const lookups = right(1000, 'enricher', 'call.lookup', false)
    const contexts = right(1000, 'router', 'call.context', false)
    expect(outages([router, lookups, contexts])).toEqual([])
  })

  it('routers that may not write decisions: until a moment after they may again, backup or not', () => {
    const truth = [
      router,
      backup,
      right(1000, 'router', 'call.routed', false),
      right(5000, 'router', 'call.routed', true),
    ]
    expect(outages(truth)).toEqual([{ fromMs: 1000, toMs: 6500 }])
    expect(outages(truth.slice(0, -1))).toEqual([{ fromMs: 1000, toMs: END }])
  })

  it('a certificate that expires hurts nobody whose connections stay', () => {
    expect(outages([router, certificate(1000, 'expired')])).toEqual([])
  })

  it('connections cut behind it come back when it is renewed, and no sooner', () => {
    const cut = [router, certificate(1000, 'expired'), ...cutAt(4000)]
    expect(outages([...cut, certificate(6000, 'valid')])).toEqual([{ fromMs: 4000, toMs: 10_500 }])
    // Longer than a session: the partitions must be taken up again.
    const long = outages([...cut, certificate(20_000, 'valid')])
    expect(long).toEqual([{ fromMs: 4000, toMs: 28_500 }])
    expect(
      outages([router, certificate(1, 'expired'), certificate(2, 'valid'), ...cutAt(4000)]),
    ).toEqual([{ fromMs: 4000, toMs: 8700 }])
  })

  it('a router whose event loop is held up: for that long and a look at the ends, an enricher never', () => {
    const held = (role: Role): TruthLine => ({
      at: 1000,
      kind: 'held up',
      target: `${role}-1`,
      detail: { role, forMs: 500 },
    })
    expect(outages([router, held('router')])).toEqual([{ fromMs: 1000, toMs: 1800 }])
    expect(outages([router, backup, held('router')])).toEqual([])
    expect(outages([router, held('enricher crm')])).toEqual([])
  })

  it('one core for three brokers and all services, but not for one broker', () => {
    const cores = (at: number, target: 'one' | 'all'): TruthLine => ({
      at,
      kind: 'cores',
      target,
      detail: {},
    })
    const truth = [router, cores(1000, 'one'), cores(11_000, 'all')]
    expect(outages(truth)).toEqual([{ fromMs: 1000, toMs: 13_500 }])
    expect(outages(truth, one)).toEqual([])
  })

  it('a broker whose disk is full is gone until it is back', () => {
    const truth = [router, broker(1000, 1, 'full'), broker(9000, 1, 'back')]
    const killed = [router, broker(1000, 1, 'SIGKILL'), broker(9000, 1, 'back')]
    expect(outages(truth)).toEqual(outages(killed))
  })
})
