/** A short selection of the fault campaign: the whole way from a scenario to its verdict. */
import { beforeAll, describe, expect, it } from 'vitest'
import { runCampaign } from '../../services/chaos/campaign.ts'
import type { RunResult } from '../../services/chaos/result.ts'
import type { Scenario } from '../../services/chaos/scenario.ts'
import { steady } from '../../services/chaos/scenarios/load.ts'

const killed: Scenario = {
  id: 'F1-test',
  row: 'F1',
  title: 'the only primary router is killed and started again; a backup lane runs',
  expected: 'nothing lost, nothing doubled',
  crew: { routers: 1, backups: 1, enrichers: 1 },
  load: steady(12_000),
  // What a busy machine can break as well (I4, and the reasons of I5) is left to `make chaos`.
  promises: ['I1', 'I2', 'I3', 'I6', 'I7', 'I8', 'I9', 'I10'],
  bounds: [],
  async play(stage) {
    const [router] = stage.actors('router')
    await stage.until('calls are in flight', () => stage.calls.undecided() >= 50, 20_000)
    stage.strike('kill the primary router')
    await router?.signal('SIGKILL')
    await stage.wait(stage.windowMs)
    await stage.start('router')
  },
}

/** Its backup decides as a primary does: nobody covers for the one that is killed. */
const planted: Scenario = {
  ...killed,
  id: 'F1-planted',
  title: 'the same, and the backup lane is none',
  promises: ['I4'],
  environment: { backup: { LANE: 'primary' } },
}

const results = new Map<string, RunResult>()
const phases: string[] = []
const failures: string[] = []

beforeAll(async () => {
  await runCampaign(
    [killed, planted],
    {
      brokers: 1,
      seed: 1,
      environment: process.env,
      signal: new AbortController().signal,
      keepLogs: false,
      say: () => undefined,
    },
    {
      began: ({ id }) => void phases.push(id),
      progress: (_, { phase }) => void phases.push(phase),
      ended: ({ id }, result) => void results.set(id, result),
      unfit: ({ id }, reason) => void failures.push(`${id}: ${reason}`),
      failed: ({ id }, reason) => void failures.push(`${id}: ${reason}`),
    },
  )
}, 240_000)

describe('crosspoint chaos', () => {
  it('plays each scenario to its verdict, and says what it is doing', () => {
    expect(failures).toEqual([])
    expect([...results.keys()]).toEqual(['F1-test', 'F1-planted'])
    expect(phases).toEqual(expect.arrayContaining(['starting', 'the fault', 'judging']))
  })

  it('finds nothing lost or doubled when a router is killed, and measures the takeover', () => {
    const result = results.get('F1-test')
    expect(result?.promises.filter(({ holds }) => !holds)).toEqual([])
    expect(result?.brokenOff).toBeNull()
    expect(result?.verdict).toBe('PASS')
    expect(result?.inFlight).toBeGreaterThanOrEqual(50)
    expect(result?.outages).toEqual([])
    expect(result?.takeoverMs).not.toBeNull()
  })

  it('sees a backup lane that covers for nobody: I4 is broken, and a late call is told', () => {
    const result = results.get('F1-planted')
    expect(result?.verdict).toBe('FAIL')
    expect(result?.promises.map(({ id, holds }) => [id, holds])).toEqual([['I4', false]])
    expect(result?.late).toBeGreaterThan(0)
    expect(result?.stories[0]?.join('\n')).toMatch(/after decideBy[\s\S]*arrived/)
  })
})
