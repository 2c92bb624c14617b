/** A report for a terminal. Pure. */
import { tableLines } from '../sql/table-text.ts'
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

function part(title: string, columns: readonly string[], rows: Cells): readonly string[] {
  return rows.length === 0 ? [] : ['', title, ...tableLines(columns, rows)]
}

export function reportText(report: AuditReport): readonly string[] {
  return [
    rangeText(report),
    ...(report.where === null ? [] : [`where ${report.where}`]),
    headline(report),
    ...reasonParts(report),
    ...callParts(report),
    ...timePart(report),
  ]
}

function reasonParts({ dependencies, causes, reasons }: AuditReport): readonly string[] {
  return [
    ...part(
      'By dependency (calls with a reason, what they waited for it, whether it mattered)',
      ['dependency', 'calls', 'share', ...WAITS, ...DECISIVE, 'answered late'],
      dependencies.map((one) => [
        one.dependency,
        one.count,
        percent(one.share),
        ...waitCells(one.waits),
        ...decisiveCells(one.decisive),
        one.answeredLate,
      ]),
    ),
    ...part(
      'By cause',
      ['dependency', 'outcome', 'cause', 'calls', 'share', ...WAITS, ...DECISIVE],
      causes.map((one) => [
        one.dependency,
        one.outcome,
        one.cause,
        one.count,
        percent(one.share),
        ...waitCells(one.waits),
        ...decisiveCells(one.decisive),
      ]),
    ),
    ...part(
      'By reason',
      ['reason', 'kind', 'calls', 'share', ...WAITS, ...DECISIVE],
      reasons.map((one) => [
        one.reason,
        one.kind,
        one.count,
        percent(one.share),
        ...waitCells(one.waits),
        ...decisiveCells(one.decisive),
      ]),
    ),
  ]
}

function callParts({ queues, triggers }: AuditReport): readonly string[] {
  return [
    ...part(
      'By target (waits from arrival to decision)',
      ['target', 'calls', 'share', 'with a reason', ...WAITS],
      queues.map((one) => [
        one.target,
        one.count,
        percent(one.share),
        one.withReason,
        ...waitCells(one.waits),
      ]),
    ),
    ...part(
      'By what made the router decide',
      ['trigger', 'calls', 'share', ...WAITS],
      triggers.map((one) => [one.trigger, one.count, percent(one.share), ...waitCells(one.waits)]),
    ),
  ]
}

function timePart({ times, bucketMs }: AuditReport): readonly string[] {
  const shown = times.slice(-TIMES_SHOWN)
  const cut = times.length > shown.length ? `, the last ${shown.length}` : ''
  return part(
    `By ${bucketName(bucketMs)}${cut}`,
    ['from', 'calls', 'failed', 'degraded', 'state only'],
    shown.map((one) => [
      bucketLabel(one.atMs, bucketMs),
      one.calls,
      one.failed,
      one.degraded,
      one.state,
    ]),
  )
}
