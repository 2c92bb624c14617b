/** A report in words, for a terminal of 80 columns or more. Pure. */
import { columnLines } from '../local/columns.ts'
import type { PhaseRow, Report, TroubleRow } from './report.ts'
import type { Spread } from './tally.ts'

const BREACHES_SHOWN = 5
const ROUTES_SHOWN = 4

const rule = (title: string): string =>
  `\n── ${title} ${'─'.repeat(Math.max(0, 74 - title.length))}`

const spread = (value: Spread | null): string =>
  value === null ? '–' : `${value.p50} / ${value.p99} / ${value.max}`

const countsOf = (counts: Readonly<Record<string, number>>, most = Infinity): string =>
  Object.entries(counts)
    .slice(0, most)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ')

const troubleCells = (row: TroubleRow): readonly string[] => [
  row.dependency,
  row.cause === null ? row.outcome : `${row.outcome} ${row.cause}`,
  row.source,
  String(row.calls),
  spread(row.waitMs),
  countsOf(row.routes, ROUTES_SHOWN),
]

const phaseCells = (row: PhaseRow): readonly string[] => [
  row.id,
  String(row.calls),
  spread(row.latencyMs),
  String(row.withTrouble),
  row.vipCalls === 0 ? '–' : `${row.vipCalls}: ${spread(row.vipLatencyMs)}`,
]

function verdictLines({ verdicts, targets, invalid, passed }: Report): string[] {
  const promises = verdicts.flatMap(({ id, text, holds, checked, breaches }) => [
    `${holds ? 'holds ' : 'BROKEN'}  ${id.padEnd(3)}  ${text} (${checked} checked)`,
    ...(checked === 0 ? ['             nothing was there to be checked'] : []),
    ...breaches.slice(0, BREACHES_SHOWN).map(({ what }) => `             ${what}`),
    ...(breaches.length > BREACHES_SHOWN
      ? [`             and ${breaches.length - BREACHES_SHOWN} more`]
      : []),
  ])
  const wanted = targets.map(({ text, met }) => `${met ? 'met   ' : 'MISSED'}  ${text}`)
  const aims = ['targets for a calm machine; they are no part of the verdict:', ...wanted]
  const unproven = invalid.map((what) => `INVALID ${what}`)
  return [...promises, '', ...aims, ...unproven, '', `verdict ${passed ? 'PASS' : 'FAIL'}`]
}

export function reportLines(report: Report): string[] {
  const { counts, triggers, routes, phases, latency, stories } = report
  const storyLines = stories.flatMap(({ title, moral, lines }, index) => [
    ...(index === 0 ? [] : ['']),
    `${index + 1}. ${title}`,
    `   ${moral}`,
    ...lines.map((line) => `   ${line}`.trimEnd()),
  ])
  return [
    rule('what happened'),
    countsOf(counts),
    `decided by: ${countsOf(triggers)}`,
    `routed to: ${countsOf(routes)}`,
    rule('phases (latency in ms: p50 / p99 / max)'),
    ...columnLines([
      ['phase', 'calls', 'latency', 'with trouble', 'VIPs'],
      ...phases.map(phaseCells),
    ]),
    rule('lookups without live, fresh, complete facts (wait in ms: p50 / p99 / max)'),
    ...columnLines([
      ['dependency', 'outcome, cause', 'source', 'calls', 'wait', 'routed to'],
      ...report.table.map(troubleCells),
    ]),
    rule('latency in ms, arrival to decision (p50 / p99 / max)'),
    `all calls                     ${spread(latency.all)}`,
    `calls with nothing late       ${spread(latency.nothingLate)}`,
    `of these, after the slowest   ${spread(latency.afterSlowestLookup)}   lookup they needed`,
    rule('five calls'),
    ...storyLines,
    rule('promises, checked from the topics'),
    ...verdictLines(report),
  ]
}
