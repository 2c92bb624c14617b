/** Results in words, for a terminal. Pure. */
import { columnLines } from '../local/columns.ts'
import type { Progress } from './play.ts'
import type { RunResult } from './result.ts'
import type { Scenario } from './scenario.ts'

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`

const orDash = (ms: number | null): string => (ms === null ? '–' : seconds(ms))

export const listLines = (scenarios: readonly Scenario[]): string[] =>
  columnLines(scenarios.map(({ id, title }) => [id, title]))

export function progressLine({ id }: Scenario, { phase, counts }: Progress, ms: number): string {
  const { sent, decided, undecided } = counts
  const calls = sent === 0 ? '' : `   ${sent} calls, ${decided} decided, ${undecided} undecided`
  return `${id}  ${seconds(ms)}  ${phase}${calls}`
}

/** One line a run, at its end. */
export function resultLine(result: RunResult): string {
  const { id, verdict, calls, inFlight, worstLatenessMs, duplicatesOnWire } = result
  const { takeoverMs, catchUpMs, outageMs, tookMs } = result
  const late =
    worstLatenessMs === null
      ? 'nothing decided'
      : worstLatenessMs > 0
        ? `worst ${worstLatenessMs} ms late (${result.late} late)`
        : `tightest ${-worstLatenessMs} ms early`
  return [
    `${verdict.padEnd(7)} ${id}`,
    ...(verdict === 'PASS' ? [`${result.promises.map((one) => one.id).join(' ')} hold`] : []),
    `${calls} calls, ${inFlight} in flight`,
    late,
    `${duplicatesOnWire} doubled on the wire`,
    `takeover ${orDash(takeoverMs)}, outage ${orDash(outageMs)}, catch-up ${orDash(catchUpMs)}`,
    `took ${seconds(tookMs)}`,
  ].join('; ')
}

/** With more of the cores stolen than this, lateness may be the machine's. */
const STOLEN_MAX = 0.05

/** What was wrong with a run; empty when it passed. */
export function troubleLines(result: RunResult): string[] {
  const { promises, bounds, brokenOff, stolen, died, verdict, inFlight, stories } = result
  if (verdict === 'PASS') return []
  const broken = promises
    .filter(({ holds }) => !holds)
    .flatMap(({ id, text, told, breaches, checked }) => [
      `  ${id}  ${text}: ${checked === 0 ? 'nothing was there to be checked' : `broken ${breaches} times`}`,
      ...told.map((what) => `        ${what}`),
    ])
  const over = bounds
    .filter(({ holds }) => !holds)
    .map(({ name, limit, value }) =>
      limit === null
        ? `  ${name}: bounds.ts knows no such bound`
        : `  ${name}: ${value ?? 'not measured'}, allowed ${limit}`,
    )
  return [
    ...(brokenOff === null ? [] : [`  broken off: ${brokenOff}`]),
    ...(stolen !== null && stolen > STOLEN_MAX
      ? [
          `  this machine's host took ${Math.round(stolen * 100)} % of the cores meanwhile: calls may be late for that`,
        ]
      : []),
    ...died.map((name) => `  ${name} ended by itself; see its log`),
    ...(verdict === 'INVALID'
      ? [`  the strike met ${inFlight} undecided calls, 50 are asked`]
      : []),
    ...broken,
    ...over,
    ...stories.flatMap((lines) => ['', ...lines.map((line) => `    ${line}`.trimEnd())]),
  ]
}

/** All runs of a campaign as a table. */
export function summaryLines(results: readonly RunResult[]): string[] {
  const head = [
    'verdict',
    'scenario',
    'in flight',
    'lateness',
    'doubled',
    'takeover',
    'outage',
    'catch-up',
  ]
  return columnLines([
    head,
    ...results.map((one) => [
      one.verdict,
      one.id,
      String(one.inFlight),
      one.worstLatenessMs === null ? '–' : `${one.worstLatenessMs} ms`,
      String(one.duplicatesOnWire),
      orDash(one.takeoverMs),
      orDash(one.outageMs),
      orDash(one.catchUpMs),
    ]),
  ])
}
