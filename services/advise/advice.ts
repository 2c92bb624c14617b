/** From curves to advice, and to what can not be advised. Pure. */
import type { Terms } from '../what-if/core/terms.ts'
import { type Curve, type Point, WINDOW, windowFor } from './curve.ts'

export interface Advice {
  readonly name: string
  readonly currentMs: number
  /** The shortest value tried within the tolerance; null when there was nothing to go by. */
  readonly recommendedMs: number | null
  /** The window a recommended timeout needs, when there is less; else null. */
  readonly windowMs: number | null
  readonly sentences: readonly string[]
  /** What the recording can't say. */
  readonly limits: readonly string[]
}

/** Fewer calls than this that were touched say nothing. */
const TOUCHED_MIN = 20

/**
 * The shortest wait with which at most `tolerance` (0 to 1) of all calls go elsewhere than after the
 * longest wait tried, and at most so many more lookups are given up than were. For the window never
 * less than the timeouts need.
 */
export function adviceOf(
  curve: Curve,
  decisions: number,
  { tolerance, lateWaitMs, terms }: AdviceContext,
): Advice {
  const { trial, points } = curve
  const least = trial.name === WINDOW ? windowMinMs(terms) : 0
  const allowed = tolerance * decisions
  const touched = points.some((point) => point.longer + point.shorter >= TOUCHED_MIN)
  const recommended = touched
    ? points.find((point) => point.valueMs >= least && isWithin(curve, point, allowed))
    : undefined
  return {
    name: trial.name,
    currentMs: trial.currentMs,
    recommendedMs: recommended?.valueMs ?? null,
    windowMs: recommended === undefined ? null : widerWindow(trial.name, recommended, terms),
    sentences: sentencesOf(curve, decisions, recommended, { tolerance, terms }),
    limits: limitsOf(curve, lateWaitMs),
  }
}

/** `allowed`: calls that may suffer. A lookup given up raises flags and work, also where no route changes. */
function isWithin({ gaveUp }: Curve, point: Point, allowed: number): boolean {
  return point.elsewhere <= allowed && point.gaveUp - gaveUp <= allowed
}

export interface AdviceContext {
  /** Share of calls, 0 to 1. */
  readonly tolerance: number
  readonly lateWaitMs: number
  /** What holds now. */
  readonly terms: Terms
}

/** The longest timeout and the enrichers' margin: a shorter window cuts timeouts. */
function windowMinMs({ dependencies, margins }: Terms): number {
  return Math.max(...dependencies.map(({ timeoutMs }) => timeoutMs)) + margins.enricherMs
}

/** Null where the window there is has room for it. */
function widerWindow(name: string, { valueMs }: Point, terms: Terms): number | null {
  const windowMs = name === WINDOW ? valueMs : windowFor(valueMs, terms)
  return name === WINDOW || windowMs === terms.windowMs ? null : windowMs
}

const percent = (part: number, whole: number): string =>
  whole === 0 ? '0 %' : `${((100 * part) / whole).toFixed(part * 1000 < whole ? 2 : 1)} %`

function sentencesOf(
  curve: Curve,
  decisions: number,
  recommended: Point | undefined,
  { tolerance, terms }: Pick<AdviceContext, 'tolerance' | 'terms'>,
): string[] {
  const { trial, points, gaveUp } = curve
  const what = trial.name === WINDOW ? 'a window' : `a ${trial.name} timeout`
  const moreMs = 300
  const more = points.find((point) => point.valueMs === trial.currentMs + moreMs)
  const told: string[] = []
  const withWindow = (point: Point): string => {
    const windowMs = widerWindow(trial.name, point, terms)
    return windowMs === null ? '' : ` with a window of ${windowMs} ms`
  }
  if (more !== undefined) {
    told.push(tradeText(curve, more, decisions, `Waiting ${moreMs} ms more${withWindow(more)}`))
  }
  if (recommended === undefined) {
    told.push('No advice: too few calls were touched, or no value tried is within the tolerance.')
  } else {
    const now = recommended.valueMs === trial.currentMs ? ', as now' : ''
    const value = `${what} of ${recommended.valueMs} ms${now}${withWindow(recommended)}`
    told.push(
      `For a tolerance of ${percent(tolerance, 1)}: ${value}. ` +
        `${percent(recommended.elsewhere, decisions)} of calls would go elsewhere than after ` +
        `${points.at(-1)?.valueMs ?? 0} ms; ${recommended.gaveUp} lookups given up instead of ${gaveUp}.`,
    )
  }
  return told
}

/** "Waiting 300 ms more would have spared …". */
function tradeText({ gaveUp }: Curve, point: Point, decisions: number, waiting: string): string {
  const { spared, unneeded } = point
  // Another lookup's answer, which has more time as well, can make this one unneeded.
  const without =
    unneeded === 0 ? '' : `, ${unneeded} of them because the call no longer waited for it`
  const lostAnew = point.gaveUp - (gaveUp - spared)
  const others = lostAnew === 0 ? '' : `, given up ${lostAnew} others`
  const mean = point.longer === 0 ? 0 : Math.round(point.longerMs / point.longer)
  const untold = point.untold === 0 ? '' : ` (${percent(point.untold, decisions)} can not be told)`
  return (
    `${waiting} would have spared ${spared} of ${gaveUp} given-up lookups ` +
    `(${percent(spared, gaveUp)})${without}${others}, changed ${percent(point.changed, decisions)} of routes${untold}, ` +
    `and cost ${point.longer} callers ${mean} ms each.`
  )
}

function limitsOf(
  { trial, gaveUp, answeredLate, slowestLateMs }: Curve,
  lateWaitMs: number,
): string[] {
  if (gaveUp === 0) return ['Nothing was given up: what more patience gives is not known.']
  const never = gaveUp - answeredLate
  return [
    `${never} of ${gaveUp} given-up lookups (${percent(never, gaveUp)}) have no late answer: they never ` +
      'answered, or later than anybody listened, or the slot was needed. No value tried brings them an answer.',
    `${slowestLateMs === 0 ? 'No answer came late' : `The slowest late answer took ${slowestLateMs} ms`}; enrichers listen ${lateWaitMs} ms beyond a timeout. ` +
      `${trial.name === WINDOW ? 'Windows' : 'Timeouts'} longer than that are not spoken of.`,
  ]
}
