/** Advice for a terminal: a table and a sparkline a curve. Pure. */
import { wrapped } from '../audit/wrap.ts'
import type { Advice } from './advice.ts'
import { type Curve, isIdle, type Point } from './curve.ts'

const BARS = '▁▂▃▄▅▆▇█'

/** One character a value, scaled to the largest. */
export function sparkline(values: readonly number[]): string {
  const largest = Math.max(...values, 0)
  return values
    .map((value) => BARS[largest === 0 ? 0 : Math.round((value / largest) * (BARS.length - 1))])
    .join('')
}

const share = (part: number, whole: number): string =>
  `${((100 * part) / Math.max(1, whole)).toFixed(2)} %`.padStart(8)

function advised({ recommendedMs, windowMs }: Advice): string {
  if (recommendedMs === null) return ''
  const needs = windowMs === null ? '' : `, which needs a window of ${windowMs} ms`
  return `, ${recommendedMs} ms recommended ◆${needs}`
}

export interface Told {
  readonly curve: Curve
  readonly advice: Advice
}

/**
 * What stands below the count of decisions: a table for each wait that touches a call, and one sentence for
 * all those that touch none, whose tables would be of zeros.
 */
export function adviceText(told: readonly Told[], decisions: number, columns = Infinity): string[] {
  const idle = told.filter(({ curve }) => isIdle(curve)).map(({ curve }) => curve.trial.name)
  const tables = told
    .filter(({ curve }) => !isIdle(curve))
    .flatMap(({ curve, advice }) => curveText(curve, advice, decisions, columns))
  if (idle.length === 0) return tables
  const nothing =
    `No advice on ${idle.join(', ')}: no lookup was given up for want of time, and none of the waits tried, ` +
    'shorter or longer, touches a recorded call.'
  return [...tables, ...wrapped(nothing, columns)]
}

export function curveText(
  curve: Curve,
  advice: Advice,
  decisions: number,
  columns = Infinity,
): string[] {
  const { points, trial } = curve
  const mark = ({ valueMs }: Point): string => {
    if (valueMs === advice.recommendedMs) return valueMs === trial.currentMs ? '◆ now' : '◆'
    return valueMs === trial.currentMs ? '  now' : ''
  }
  return [
    `${trial.name}: ${trial.currentMs} ms now${advised(advice)}`,
    `  given up   ${sparkline(points.map((point) => point.gaveUp))}`,
    `  elsewhere  ${sparkline(points.map((point) => point.elsewhere))}   ${points[0]?.valueMs ?? 0} … ${points.at(-1)?.valueMs ?? 0} ms`,
    '',
    '     value given up   routes not told elsewhere  longer by  shorter by',
    ...points.map(
      (point) =>
        `  ${String(point.valueMs).padStart(5)} ms ${share(point.gaveUp, curve.lookups)} ${share(point.changed, decisions)} ` +
        `${share(point.untold, decisions)}  ${share(point.elsewhere, decisions)} ` +
        `${waits(point.longer, point.longerMs)} ${waits(point.shorter, point.shorterMs)}  ${mark(point)}`.trimEnd(),
    ),
    '',
    ...[...advice.sentences, ...advice.limits].flatMap((text) => wrapped(text, columns, '  ')),
    '',
  ]
}

const waits = (calls: number, sumMs: number): string =>
  (calls === 0 ? '–' : `${calls}×${Math.round(sumMs / calls)}ms`).padStart(11)
