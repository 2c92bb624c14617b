/** A tally as people and programs read it. Pure. */
import type { Counted, Example, Problem, ProblemCode, Tally } from './core/tally.ts'
import { summaryOf, type WaitSummary } from './core/waits.ts'

export interface Report {
  readonly changed: boolean
  readonly records: number
  readonly decisions: number
  readonly losers: number
  readonly repeats: number
  readonly identical: number
  readonly lateAnswers: number
  readonly problems: readonly {
    readonly code: ProblemCode
    readonly count: number
    readonly first: readonly Problem[]
  }[]
  readonly same: Counted
  readonly differs: Counted
  readonly otherRule: number
  readonly moves: readonly (Counted & { readonly from: string; readonly to: string })[]
  readonly flags: Changes
  readonly reasons: Changes
  readonly waits: { readonly before: WaitSummary; readonly after: WaitSummary }
  readonly examples: readonly Example[]
}

interface Changes {
  readonly gained: { readonly [name: string]: number }
  readonly lost: { readonly [name: string]: number }
}

export function reportOf(tally: Tally, changed: boolean, examplesMax: number): Report {
  const { records, decisions, losers, repeats, identical, lateAnswers } = tally
  const moves = [...tally.moves]
    .map(([move, counted]) => ({ ...endsOf(move), ...counted }))
    .toSorted((a, b) => b.told + b.untold - a.told - a.untold)
  return {
    changed,
    records,
    decisions,
    losers,
    repeats,
    identical,
    lateAnswers,
    problems: [...tally.problems].map(([code, entry]) => ({ code, ...entry })),
    same: tally.same,
    differs: tally.differs,
    otherRule: tally.otherRule,
    moves,
    flags: { gained: counts(tally.flagsGained), lost: counts(tally.flagsLost) },
    reasons: { gained: counts(tally.reasonsGained), lost: counts(tally.reasonsLost) },
    waits: { before: summaryOf(tally.waitsBefore), after: summaryOf(tally.waitsAfter) },
    examples: moves
      .flatMap(({ from, to }) => tally.examples.get(`${from}\t${to}`)?.slice(0, 1) ?? [])
      .slice(0, examplesMax),
  }
}

function endsOf(move: string): { from: string; to: string } {
  const [from = '', to = ''] = move.split('\t')
  return { from, to }
}

const counts = (map: ReadonlyMap<string, number>): { [name: string]: number } =>
  Object.fromEntries([...map].toSorted(([, a], [, b]) => b - a))

/** True when every record was whole and, with nothing changed, every decision gave itself again. */
export function holds({ changed, problems }: Report): boolean {
  const allowed: readonly ProblemCode[] = changed ? ['REDUCED', 'NO_POLICY'] : ['REDUCED']
  return problems.every(({ code }) => allowed.includes(code))
}

const number = (value: number): string => value.toLocaleString('en-US')

/** For a terminal so many columns wide. */
export function reportText(report: Report, columns = Infinity): string[] {
  const told = report.changed ? changedText(report, columns) : identityText(report)
  return [...told, ...problemText(report)]
}

function identityText({
  decisions,
  identical,
  losers,
  repeats,
  records,
  problems,
}: Report): string[] {
  const rest = decisions - identical
  const broken = problems.reduce(
    (all, { code, count }) => all + (code === 'REDUCED' ? 0 : count),
    0,
  )
  return [
    `${number(records)} records of audit.decision: ${number(decisions)} effective decisions, ${number(losers)} that lost, ${number(repeats)} repeats`,
    rest === 0 && broken === 0
      ? `all ${number(decisions)} give themselves again, byte for byte in the canonical projection (I7)`
      : `${number(identical)} give themselves again byte for byte, ${number(Math.max(rest, broken))} do NOT: see below`,
  ]
}

function problemText({ problems }: Report): string[] {
  return problems.flatMap(({ code, count, first }) => [
    '',
    `${code}: ${number(count)}`,
    ...first.slice(0, 5).map(({ where, what }) => `  ${where}: ${what}`),
    ...(count > 5 ? [`  and ${number(count - 5)} more`] : []),
  ])
}

function changedText(report: Report, columns: number): string[] {
  const { decisions, same, differs, otherRule, waits } = report
  const share = (count: number): string =>
    `${((100 * count) / Math.max(1, decisions)).toFixed(2)} %`.padStart(9)
  const row = (name: string, count: number, more = ''): string =>
    `${name.padEnd(34)} ${number(count).padStart(11)} ${share(count)}${more}`
  const untold = same.untold + differs.untold
  return [
    row('decisions decided again', decisions),
    row(
      '  same route',
      same.told,
      otherRule > 0 ? `   (${number(otherRule)} by another rule)` : '',
    ),
    row('  another route', differs.told),
    row(
      '  the recording can not tell',
      untold,
      untold > 0 ? `   (${number(differs.untold)} would differ if no answer had come)` : '',
    ),
    '',
    `waits, ms   mean ${arrow(waits, 'meanMs')}   p50 ${arrow(waits, 'p50Ms')}   p95 ${arrow(waits, 'p95Ms')}   p99 ${arrow(waits, 'p99Ms')}`,
    ...movesText(report, columns),
    ...changesText('flags', report.flags),
    ...changesText('reasons', report.reasons),
    ...storiesText(report),
  ]
}

const arrow = ({ before, after }: Report['waits'], key: keyof WaitSummary): string =>
  before[key] === after[key] ? `${before[key]}` : `${before[key]} → ${after[key]}`

const movedText = ({ told, untold }: Counted): string =>
  `${number(told)}${untold > 0 ? `+${number(untold)}*` : ''}`

/** Where calls went and would go: a matrix, or a list where that is too wide. */
function movesText({ moves }: Report, columns: number): string[] {
  if (moves.length === 0) return []
  const matrix = matrixText(moves)
  const isWide = matrix.some((line) => line.length > columns)
  return [
    '',
    ...(isWide ? moveLines(moves) : matrix),
    ...(moves.some(({ from, to }) => from === to)
      ? ['the same target twice: it stays, but priority, skills, language or overflow change']
      : []),
    ...(moves.some(({ untold }) => untold > 0)
      ? ['* rests on an answer the recording does not hold']
      : []),
  ]
}

type Moves = Report['moves']

function moveLines(moves: Moves): string[] {
  const width = Math.max(...moves.map(({ from }) => from.length))
  return moves.map((move) => {
    return `${movedText(move).padStart(12)}  ${move.from.padEnd(width)} → ${move.to}`
  })
}

/** Rows are where calls went, columns where they would go; `*` adds those the recording can't tell. */
function matrixText(moves: Moves): string[] {
  const froms = [...new Set(moves.map(({ from }) => from))].toSorted()
  const tos = [...new Set(moves.map(({ to }) => to))].toSorted()
  const cell = (from: string, to: string): string => {
    const move = moves.find((one) => one.from === from && one.to === to)
    return move === undefined ? '·' : movedText(move)
  }
  const width = Math.max(8, ...tos.map((to) => to.length)) + 2
  const first = Math.max(9, ...froms.map((from) => from.length)) + 1
  return [
    'from \\ to'.padEnd(first) + tos.map((to) => to.padStart(width)).join(''),
    ...froms.map(
      (from) => from.padEnd(first) + tos.map((to) => cell(from, to).padStart(width)).join(''),
    ),
  ]
}

function changesText(name: string, { gained, lost }: Changes): string[] {
  const list = (sign: string, all: Changes['gained']): string[] =>
    Object.entries(all).map(([what, count]) => `  ${sign} ${number(count).padStart(9)}  ${what}`)
  const lines = [...list('+', gained), ...list('−', lost)]
  return lines.length === 0 ? [] : ['', `${name} that appear (+) and go (−)`, ...lines]
}

function storiesText({ examples }: Report): string[] {
  return examples.length === 0 ? [] : ['', ...examples.flatMap(({ lines }) => [...lines, ''])]
}
