/** F12: a dependency that is slow in every way there is; the timeout of all of them is 2000 ms. */
import type { Fault } from '../../../infra/stubs/faults.ts'
import type { Scenario, Stage } from '../scenario.ts'

const TIMEOUT_MS = 2000
const all = { share: 1 } as const

/** One way to be slow after the other; calls of each meet those of the next. */
const WAYS: readonly (readonly [what: string, fault: Fault])[] = [
  ['0.95 times the timeout', { mode: 'latency', ms: 0.95 * TIMEOUT_MS, jitterMs: 0, ...all }],
  ['1.05 times the timeout', { mode: 'latency', ms: 1.05 * TIMEOUT_MS, jitterMs: 0, ...all }],
  [
    'p99 of 5 s',
    { mode: 'latency', ms: 1500, jitterMs: 200, tail: { share: 0.02, ms: 5000 }, ...all },
  ],
  ['a byte a second', { mode: 'drip', bytesPerS: 1, ...all }],
  ['no answer at all', { mode: 'hang', ...all }],
]
const EACH_MS = 4000

async function play(stage: Stage): Promise<void> {
  for (const [what, fault] of WAYS) {
    stage.strike(`CRM: ${what}`)
    await stage.fault('crm', fault)
    await stage.wait(EACH_MS)
  }
  await stage.fault('crm', { mode: 'healthy' })
}

/**
 * The schedule is slow too, so that calls are in flight also while the CRM is not asked at all; far enough
 * from its timeout that a busy machine does not open its breaker.
 */
const SLOW_SCHEDULE = { mode: 'latency', ms: 1400, jitterMs: 100, ...all } as const

const slowCrm: Scenario = {
  id: 'F12-slow-crm',
  row: 'F12',
  title: 'CRM at 0.95 and 1.05 times its timeout, with a p99 of 5 s, a byte a second, silent',
  expected: 'timeout events on time, no call late; late answers are recorded and change nothing',
  crew: { routers: 1, backups: 0, enrichers: 1 },
  load: { ratePerS: 50, durationMs: 26_000, baseline: { scheduling: SLOW_SCHEDULE } },
  // Not CIRCUIT_OPEN: a try that began with less than nine tenths of the timeout left is not held against
  // the CRM (enricher/tries.ts), so whether its breaker opens depends on how busy the machine is.
  tells: [{ dependency: 'crm', reason: 'CRM_TIMED_OUT', cause: 'RESPONSE' }],
  bounds: ['lagToZeroMs'],
  play,
}

export const scenarios: readonly Scenario[] = [slowCrm]
