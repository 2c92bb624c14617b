import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { boundResults } from '../../../services/chaos/bounds-held.ts'
import { LIMITS } from '../../../services/chaos/limits.ts'
import { faultsPage } from '../../../services/chaos/page.ts'
import type { RunResult } from '../../../services/chaos/result.ts'
import type { Scenario } from '../../../services/chaos/scenario.ts'
import { resultLine, troubleLines } from '../../../services/chaos/text.ts'

const scenario: Scenario = {
  id: 'F1-test',
  row: 'F1',
  title: 'a router | is killed',
  expected: 'nothing late',
  crew: { routers: 1, backups: 1, enrichers: 1 },
  load: { ratePerS: 50, durationMs: 1000, baseline: {} },
  bounds: ['takeoverByBackupMs'],
  play: async () => undefined,
}

const result: RunResult = {
  id: 'F1-test',
  row: 'F1',
  title: scenario.title,
  expected: scenario.expected,
  limit: null,
  seed: 7,
  brokers: 3,
  startedAt: '2026-01-02T03:04:05.000Z',
  tookMs: 20_000,
  healedAfterMs: 9000,
  verdict: 'PASS',
  brokenOff: null,
  stolen: 0,
  died: [],
  calls: 1000,
  strikes: [{ what: 'kill', at: 1, undecided: 80 }],
  inFlight: 80,
  worstLatenessMs: -90,
  late: 0,
  duplicatesOnWire: 3,
  takeoverMs: 400,
  outageMs: 1200,
  catchUpMs: 2000,
  outages: [],
  promises: [{ id: 'I4', text: 'on time', holds: true, checked: 1000, breaches: 0, told: [] }],
  bounds: [{ name: 'takeoverByBackupMs', limit: 2700, value: 400, holds: true }],
  stories: [],
}
const late: RunResult = {
  ...result,
  verdict: 'FAIL',
  worstLatenessMs: 300,
  late: 12,
  limit: 'leaderGone',
  promises: [
    { id: 'I4', text: 'on time', holds: false, checked: 9, breaches: 12, told: ['c#1 was late'] },
  ],
  stories: [['the story of c']],
}
const machine = { cpus: '2 × core', memory: '8 GiB', system: 'Linux 6', kafka: 'Node 24' }
const pageOf = (run: RunResult): string =>
  faultsPage([scenario], new Map([[run.id, { machine, result: run }]]))

describe('the page of faults', () => {
  it('has a row for each scenario, also for those not run', () => {
    const page = faultsPage([scenario, { ...scenario, id: 'F2-other', row: 'F2' }], new Map())
    expect(page).toMatch(/^\| F1-test .* not run \|$/m)
    expect(page).toMatch(/^\| F2-other .* not run \|$/m)
    expect(page).toContain('0 of 2 scenarios passed')
  })

  it('tells seed, date and machine, and keeps the columns when a title has a bar', () => {
    const page = pageOf(result)
    expect(page).toContain('2026-01-02, seed 7, 3 brokers: 2 × core, 8 GiB')
    const [head, , row] = page.split('\n').filter((line) => line.startsWith('|'))
    const bars = (line = ''): number => line.replaceAll('\\|', '').split('|').length
    expect(bars(row)).toBe(bars(head))
    expect(row).toContain('none late; the tightest 90 ms early')
  })

  it('names the promise that was broken, and repeats a stated limit', () => {
    const page = pageOf(late)
    expect(page).toContain('**FAIL**: I4')
    expect(page).toContain(LIMITS.leaderGone)
  })

  it('stated limits stand in the README in the same words', () => {
    const readme = readFileSync(new URL('../../../README.md', import.meta.url), 'utf8')
    const words = readme.replaceAll(/\s+/g, ' ')
    for (const limit of Object.values(LIMITS)) expect(words).toContain(limit)
  })
})

describe('what a run says of itself', () => {
  it('a line with the numbers that matter', () => {
    expect(resultLine(result)).toContain('PASS')
    expect(resultLine(result)).toContain('tightest 90 ms early')
    expect(troubleLines(result)).toEqual([])
  })

  it('what was wrong, with a call told', () => {
    const lines = troubleLines(late).join('\n')
    expect(lines).toContain('I4  on time: broken 12 times')
    expect(lines).toContain('c#1 was late')
    expect(lines).toContain('the story of c')
    expect(lines).not.toContain('of the cores')
  })

  it('whether the machine itself may have been late', () => {
    expect(troubleLines({ ...late, stolen: 0.43 }).join('\n')).toContain('took 43 % of the cores')
    expect(troubleLines({ ...late, stolen: null }).join('\n')).not.toContain('of the cores')
  })
})

describe('bounds', () => {
  it('what was not measured, and what has no bound, does not hold', () => {
    const bounds = { bounds: ['takeoverByBackupMs', 'lagToZeroMs', 'noSuchMs'] }
    const held = boundResults(bounds, [], { ...result, takeoverMs: null }, 100)
    expect(held.map(({ holds }) => holds)).toEqual([false, true, false])
  })
})
