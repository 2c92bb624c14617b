/** F13: a dependency that gives every kind of bad answer, each told by its own cause. */
import type { Fault } from '../../../infra/stubs/faults.ts'
import type { Scenario, Stage } from '../scenario.ts'

const all = { share: 1 } as const

/**
 * Those that concern one record only come first: the breaker is blind to them. The others open it, and
 * a pause lets it close again, so that the next one is really asked.
 */
const ANSWERS: readonly (readonly [what: string, fault: Fault])[] = [
  ['JSON that stops in the middle', { mode: 'badJson', ...all }],
  ['values of wrong types', { mode: 'wrongTypes', ...all }],
  ['a body of 10 MB', { mode: 'hugeBody', bytes: 10_000_000, ...all }],
  ['the record of another caller', { mode: 'wrongCaller', ...all }],
  ['reset in the middle of the body', { mode: 'reset', ...all }],
  ['status 500', { mode: 'status', status: 500, ...all }],
  ['429 with Retry-After', { mode: 'status', status: 429, retryAfterS: 1, ...all }],
  ['refused', { mode: 'refuse', ...all }],
]
const EACH_MS = 1500
/** The breaker stays open for 2 s. */
const PAUSE_MS = 2300

async function play(stage: Stage): Promise<void> {
  for (const [what, fault] of ANSWERS) {
    stage.strike(`billing and scheduling: ${what}`)
    await Promise.all([stage.fault('billing', fault), stage.fault('scheduling', fault)])
    await stage.wait(EACH_MS)
    await Promise.all([
      stage.fault('billing', { mode: 'healthy' }),
      stage.fault('scheduling', { mode: 'healthy' }),
    ])
    if (opensBreaker(fault)) await stage.wait(PAUSE_MS)
  }
}

const opensBreaker = ({ mode }: Fault): boolean => ['reset', 'status', 'refuse'].includes(mode)

/** Slow enough that 50 and more calls are in flight, and billing still has its time when it is asked. */
const SLOW_CRM = { mode: 'latency', ms: 1200, jitterMs: 100, ...all } as const

const badAnswers: Scenario = {
  id: 'F13-bad-answers',
  row: 'F13',
  title:
    'bad JSON, wrong types, 10 MB, another caller’s record, reset in the body, 500, 429, refused',
  expected: 'each told by its own cause and sentence; no wrong fact is used; no call late',
  crew: { routers: 1, backups: 0, enrichers: 1 },
  load: { ratePerS: 50, durationMs: 27_000, baseline: { crm: SLOW_CRM } },
  tells: [
    { dependency: 'billing', cause: 'BAD_RESPONSE' },
    { dependency: 'billing', cause: 'ERROR_STATUS' },
    { dependency: 'billing', cause: 'OVERLOADED' },
    { dependency: 'billing', cause: 'UNREACHABLE' },
    { dependency: 'scheduling', cause: 'BAD_RESPONSE' },
    { dependency: 'scheduling', cause: 'ERROR_STATUS' },
    { dependency: 'scheduling', cause: 'OVERLOADED' },
    { dependency: 'scheduling', cause: 'UNREACHABLE' },
  ],
  bounds: ['lagToZeroMs'],
  play,
}

export const scenarios: readonly Scenario[] = [badAnswers]
