/** Results as a run could have left them. */
import { LOAD } from '../../bench/measure/roles.ts'
import { brokenBy } from '../../bench/objective.ts'
import { CONTENDER_NAMES } from '../../bench/options.ts'
import type { Measured, Parts, Results, Run } from '../../bench/results.ts'

const spread = (p99: number, count: number) => ({
  count,
  p50: p99 / 3,
  p95: p99 / 2,
  p99,
  p999: p99 * 1.2,
  max: p99 * 2,
})

/** A phase that was borne unless `p99` says otherwise. CPU is a line: `ms` a call above `idle` cores. */
export function phase(
  contender: string,
  ratePerS: number,
  given: {
    p99?: number
    repetition?: number
    ms?: number
    idle?: number
    late?: number
    stolen?: number | null
  } = {},
): Measured {
  const { p99 = 30, repetition = 1, ms = 0.5, idle = 0.1, late = 0, stolen = 0 } = given
  const durationMs = 10_000
  const sent = ratePerS * 10
  const cpuS = (share: number): number => ((sent * ms) / 1000 + idle * 10) * share
  const groups = ['router', 'auditor', 'enricher-crm', 'enricher-billing'].map((group) => ({
    group,
    topic: 'call.arrived',
    records: 50,
  }))
  const pauses = { gcS: 0.1, gcCount: 12, gcMaxMs: null, loopP99Ms: 3, loopMaxMs: 20 }
  const measured = {
    contender,
    repetition,
    ratePerS,
    durationMs,
    sent,
    unacknowledged: 0,
    undecided: 0,
    doubled: 0,
    late,
    stored: spread(p99, sent),
    seen: spread(p99 + 5, sent),
    sending: spread(2, sent),
    catchUpMs: 0,
    stolen,
    tries: 1,
    slices: Array.from({ length: 20 }, (_, at) => ({
      untilMs: (at + 1) * 500,
      arrived: sent / 20,
      p99,
      open: 4,
    })),
    lag: { start: groups, middle: groups, end: groups },
    processes: [
      { name: contender.startsWith('streams') ? 'twin' : 'router', cpuS: cpuS(1), residentMb: 120 },
      { name: 'enricher-crm-billing', cpuS: cpuS(0.5), residentMb: 90 },
      { name: 'broker', cpuS: cpuS(0.8), residentMb: 700 },
      { name: LOAD, cpuS: cpuS(0.4), residentMb: 200 },
    ],
    pauses: { router: pauses, [LOAD]: pauses },
    topics: [
      { topic: 'call.arrived', records: sent, bytes: sent * 300 },
      { topic: 'audit.decision', records: sent, bytes: sent * 2000 },
    ],
  }
  return { ...measured, broken: brokenBy(measured, { failedLookups: 0, behind: [] }) }
}

export const run: Run = {
  command: 'npm run bench --',
  startedAt: '2026-11-21T10:00:00.000Z',
  endedAt: '2026-11-21T10:30:00.000Z',
  commit: 'abc1234',
  machine: {
    cores: 2,
    model: 'a processor',
    memoryGb: 24,
    kernel: '6.18',
    node: 'v24.21.0',
    java: '17.0.15',
    loadBefore: 0.1,
  },
  failures: [],
}

const RATES = [100, 278, 1000, 1500]

const parts: Required<Parts> = {
  rates: {
    run,
    warmUps: CONTENDER_NAMES.map((name) => phase(name, 278, { p99: 400 })),
    measured: CONTENDER_NAMES.flatMap((name) =>
      RATES.flatMap((rate) => [
        phase(name, rate, { p99: 20 + rate / 30 }),
        phase(name, rate, { p99: 30 + rate / 9, repetition: 2 }),
      ]),
    ),
  },
  twin: {
    run,
    warmUps: [],
    measured: [278, 1000].flatMap((rate) =>
      [1, 2, 3, 4, 5].flatMap((repetition) => [
        phase('crosspoint-instant', rate, { p99: 20, repetition }),
        phase('streams', rate, { p99: 30, repetition }),
      ]),
    ),
  },
  capacity: {
    run,
    found: CONTENDER_NAMES.map((contender) => ({
      contender,
      probes: [phase(contender, 1000), phase(contender, 1400, { p99: 900 })],
      confirmed: contender === 'streams' ? null : phase(contender, 1200),
    })),
  },
  sustained: {
    run,
    warmUps: [phase('crosspoint-instant', 1500, { p99: 180 })],
    measured: [
      phase('skeleton', 1500),
      phase('skeleton-kafkajs', 1500),
      phase('crosspoint-instant', 1500, { p99: 55 }),
      phase('skeleton-kafkajs', 1500),
      phase('skeleton', 1500),
      phase('crosspoint-real', 600, { late: 2 }),
    ],
  },
  restart: {
    run,
    restarts: [
      { markers: 10_000, readyMs: 900, firstDecisionMs: 1100, residentMb: 110 },
      { markers: 100_000, readyMs: 1900, firstDecisionMs: 2500, residentMb: 180 },
    ],
  },
  scale: {
    run,
    partitions: [1, 12, 48].map((x) => ({ x, measured: phase('crosspoint-instant', 278) })),
    dependencies: [1, 4, 8].map((x) => ({ x, measured: phase('crosspoint-instant', 278) })),
    processes: [1, 4].map((x) => ({ x, measured: phase('crosspoint-instant', 1000) })),
    slowLookups: [{ x: 500, measured: phase('crosspoint-real', 278, { p99: 540 }) }],
    openRequests: [{ open: 1000, usPerCall: 40, bytesPerRequest: 1200 }],
    rules: [{ rules: 10, usPerDecision: 1.5, loadMs: 7 }],
  },
  micro: {
    run,
    figures: [{ name: 'core', per: 'call', p50: 30, p99: 60, max: 90, bytes: 9000, times: 0.8 }],
  },
  tuning: {
    run,
    tried: [{ setting: 'poll.ms', value: '1', measured: phase('streams', 278) }],
  },
}

export const results: Results & { readonly parts: Required<Parts> } = { format: 2, parts }
