/** A report for a terminal. Pure. */
import { tableLines } from '../sql/table-text.ts'
import { wrapped } from '../wrap.ts'
import { bucketLabel, bucketName } from './buckets.ts'
import type { AuditReport, DecisiveCounts, Waits } from './measure.ts'

const TIMES_SHOWN = 48

export const percent = (share: number): string => `${(share * 100).toFixed(1)} %`

/** `12 calls`, with a comma each three digits. */
export const amount = (count: number, one: string, many = `${one}s`): string =>
  `${count.toLocaleString('en-US')} ${count === 1 ? one : many}`

/** What the whole report says, in a few sentences. */
export function headline(report: AuditReport): string {
  const { calls, failed, degraded, state, changed, late } = report
  if (calls === 0) return 'No decision lies in this range.'
  const share = (count: number): string =>
    `${count.toLocaleString('en-US')} (${percent(count / calls)})`
  const elsewhere =
    changed === 0
      ? 'No late answer shows that a call would have been routed otherwise.'
      : `${amount(changed, 'call')} would have been routed otherwise with the answer that came late.`
  const punctual =
    late === 0 ? 'All were decided on time' : `${amount(late, 'was', 'were')} decided late`
  return (
    `Of ${amount(calls, 'call')} ${share(failed)} went without an answer that was asked for, ` +
    `${share(degraded)} with one that was not live, fresh and complete; ` +
    `${share(state)} only met a valid state such as no match. ${elsewhere} ${punctual}.`
  )
}

export function rangeText({ from, to }: AuditReport): string {
  if (from === null || to === null) return ''
  const told = (iso: string): string => `${iso.slice(0, 10)} ${iso.slice(11, 19)}`
  return `${told(from)} to ${told(to)} UTC`
}

const waitCells = ({ p50, p99, max }: Waits) => [p50, p99, max]
const decisiveCells = ({ yes, no, unknown }: DecisiveCounts) => [yes, no, unknown]
const WAITS = ['p50 ms', 'p99 ms', 'max ms']
const DECISIVE = ['decisive', 'not', 'unknown']

type Cells = readonly (readonly unknown[])[]

/** How wide lines may be, in columns. */
interface Widths {
  readonly sentence: number
  readonly table: number
}

/** Columns that a narrow terminal does without, the first one first. */
const SPARE = ['max ms', 'not', 'unknown', 'p50 ms', 'answered late', 'kind', 'decisive']

interface Table {
  readonly title: string
  readonly columns: readonly string[]
  readonly rows: Cells
}

function part({ title, columns, rows }: Table, { sentence, table }: Widths): readonly string[] {
  if (rows.length === 0) return []
  const left = [...columns]
  const linesOf = (): readonly string[] => {
    const places = left.map((name) => columns.indexOf(name))
    return tableLines(
      left,
      rows.map((row) => places.map((place) => row[place])),
    )
  }
  const fits = (lines: readonly string[]): boolean => lines.every((line) => line.length <= table)
  let lines = linesOf()
  for (const name of SPARE) {
    if (fits(lines)) break
    const at = left.indexOf(name)
    if (at < 0) continue
    left.splice(at, 1)
    lines = linesOf()
  }
  const without = columns.filter((name) => !left.includes(name))
  const note = without.length === 0 ? '' : ` Not shown at this width: ${without.join(', ')}.`
  return ['', ...wrapped(title + note, sentence), ...lines]
}

export function reportText(
  report: AuditReport,
  widths: Widths = { sentence: Infinity, table: Infinity },
): readonly string[] {
  const tables = [...reasonParts(report), ...callParts(report), timePart(report)]
  return [
    rangeText(report),
    ...(report.where === null ? [] : [`where ${report.where}`]),
    ...wrapped(headline(report), widths.sentence),
    ...tables.flatMap((table) => part(table, widths)),
  ]
}

function reasonParts({ dependencies, causes, reasons }: AuditReport): readonly Table[] {
  return [
    {
      title:
        'By dependency: calls with a reason that names it (valid states too), what they waited for it, whether it mattered.',
      columns: ['dependency', 'calls', 'share', ...WAITS, ...DECISIVE, 'answered late'],
      rows: dependencies.map((one) => [
        one.dependency,
        one.count,
        percent(one.share),
        ...waitCells(one.waits),
        ...decisiveCells(one.decisive),
        one.answeredLate,
      ]),
    },
    {
      title: 'By cause.',
      columns: ['dependency', 'outcome', 'cause', 'calls', 'share', ...WAITS, ...DECISIVE],
      rows: causes.map((one) => [
        one.dependency,
        one.outcome,
        one.cause,
        one.count,
        percent(one.share),
        ...waitCells(one.waits),
        ...decisiveCells(one.decisive),
      ]),
    },
    {
      title: 'By reason.',
      columns: ['reason', 'kind', 'calls', 'share', ...WAITS, ...DECISIVE],
      rows: reasons.map((one) => [
        one.reason,
        one.kind,
        one.count,
        percent(one.share),
        ...waitCells(one.waits),
        ...decisiveCells(one.decisive),
      ]),
    },
  ]
}

function callParts({ queues, triggers }: AuditReport): readonly Table[] {
  return [
    {
      title: 'By target: waits from arrival to decision.',
      columns: ['target', 'calls', 'share', 'with a reason', ...WAITS],
      rows: queues.map((one) => [
        one.target,
        one.count,
        percent(one.share),
        one.withReason,
        ...waitCells(one.waits),
      ]),
    },
    {
      title: 'By what made the router decide.',
      columns: ['trigger', 'calls', 'share', ...WAITS],
      rows: triggers.map((one) => [
        one.trigger,
        one.count,
        percent(one.share),
        ...waitCells(one.waits),
      ]),
    },
  ]
}

function timePart({ times, bucketMs }: AuditReport): Table {
  const shown = times.slice(-TIMES_SHOWN)
  const cut = times.length > shown.length ? `, the last ${shown.length}` : ''
  return {
    title: `By ${bucketName(bucketMs)}${cut}.`,
    columns: ['from', 'calls', 'failed', 'degraded', 'state only'],
    rows: shown.map((one) => [
      bucketLabel(one.atMs, bucketMs),
      one.calls,
      one.failed,
      one.degraded,
      one.state,
    ]),
  }
}
