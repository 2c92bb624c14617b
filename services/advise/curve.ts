/**
 * What other waits would have given: for each dependency's timeout, and for the window, a row of values
 * tried on every recorded call. Only calls that a value touches are decided again. Pure.
 */
import type { DecisionAudited, UsedLookup } from '../../schemas/records.ts'
import type { Policy } from '../policy/policy.ts'
import { sameRoute } from '../what-if/core/difference.ts'
import type { Recording } from '../what-if/core/recording.ts'
import { redecide, type Redecided } from '../what-if/core/redecide.ts'
import { isTimedOut } from '../what-if/core/settled.ts'
import { type Change, NO_CHANGE, type Terms } from '../what-if/core/terms.ts'

/** The window's own curve stands beside those of the dependencies. */
export const WINDOW = 'window'

/** What is tried: a dependency's timeout or the window, and the values, ascending. */
export interface Trial {
  readonly name: string
  readonly currentMs: number
  readonly valuesMs: readonly number[]
}

/** What one value would have given, in calls. */
export interface Point {
  readonly valueMs: number
  /** Given up for want of time: timeouts and NO_ANSWER of this dependency; of any, for the window. */
  gaveUp: number
  /** Of those the recording gave up: no longer; `unneeded`: and that without an answer of their own. */
  spared: number
  unneeded: number
  /** Route differs from the recorded one; `untold`: rests on an answer that is not recorded. */
  changed: number
  untold: number
  /** Route differs from the one after the longest wait tried. */
  elsewhere: number
  /** Calls that wait longer than they did, and by how much together. */
  longer: number
  longerMs: number
  shorter: number
  shorterMs: number
}

export interface Curve {
  readonly trial: Trial
  readonly points: Point[]
  /** As recorded: all of them, also those that were skipped or not needed; they may be under other terms. */
  lookups: number
  gaveUp: number
  /** Of those given up: how many answered late, and the slowest late answer. */
  answeredLate: number
  slowestLateMs: number
}

export function newCurve(trial: Trial): Curve {
  const points = trial.valuesMs.map(
    (valueMs): Point => ({
      valueMs,
      gaveUp: 0,
      spared: 0,
      unneeded: 0,
      changed: 0,
      untold: 0,
      elsewhere: 0,
      longer: 0,
      longerMs: 0,
      shorter: 0,
      shorterMs: 0,
    }),
  )
  return { trial, points, lookups: 0, gaveUp: 0, answeredLate: 0, slowestLateMs: 0 }
}

/** True when nothing was given up and no value tried touches a call: there is nothing to advise from. */
export function isIdle({ gaveUp, points }: Curve): boolean {
  const touched = (point: Point): number =>
    point.gaveUp + point.changed + point.untold + point.elsewhere + point.longer + point.shorter
  return gaveUp === 0 && points.every((point) => touched(point) === 0)
}

const ABOVE_MS = [100, 200, 300, 500, 750, 1000, 1500, 2000, 3000]
const BELOW = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]
const ROUND_MS = 10

/**
 * Nine values below what holds now and as many above as the recording can speak of: enrichers listen
 * for a late answer no longer than `lateWaitMs` after the timeout.
 */
export function trialOf(name: string, currentMs: number, lateWaitMs: number): Trial {
  const below = BELOW.map((share) => Math.round((currentMs * share) / ROUND_MS) * ROUND_MS)
  const above = ABOVE_MS.filter((more) => more <= lateWaitMs).map((more) => currentMs + more)
  return { name, currentMs, valuesMs: [...below.filter((ms) => ms > 0), currentMs, ...above] }
}

/** Trials of every dependency's timeout and of the window. */
export function trialsOf(policy: Policy, lateWaitMs: number): Trial[] {
  const timeouts = policy.dependencies.map(({ name, timeoutMs }) =>
    trialOf(name, timeoutMs, lateWaitMs),
  )
  return [...timeouts, trialOf(WINDOW, policy.windowMs, lateWaitMs)]
}

/** The window in which a timeout is tried: the one there is, or as much more as the timeout needs. */
export function windowFor(timeoutMs: number, { windowMs, margins }: Terms): number {
  return Math.max(windowMs, timeoutMs + margins.enricherMs)
}

/** The change that trying a value is. */
export function changeFor(name: string, valueMs: number, terms: Terms): Change {
  if (name === WINDOW) return { ...NO_CHANGE, windowMs: valueMs }
  const windowMs = windowFor(valueMs, terms)
  return { ...NO_CHANGE, windowMs, timeouts: new Map([[name, valueMs]]) }
}

const gaveUp = (lookup: UsedLookup): boolean => lookup.outcome === 'NO_ANSWER' || isTimedOut(lookup)

const NOT_BLIND = { dependencies: new Set<string>(), arrival: false }

/** Counts one recorded call into a curve. */
export function addCall(
  curve: Curve,
  recording: Recording,
  recorded: Policy,
  lateWaitMs: number,
): void {
  const { name } = curve.trial
  const { decision } = recording
  const own = decision.lookups.filter(({ dependency }) => name === WINDOW || dependency === name)
  const lost = own.filter(gaveUp)
  curve.lookups += own.length
  curve.gaveUp += lost.length
  for (const { dependency } of lost) {
    const late = recording.late.get(dependency)
    if (late === undefined) continue
    curve.answeredLate += 1
    curve.slowestLateMs = Math.max(curve.slowestLateMs, late.latencyMs)
  }
  if (decision.trigger === 'UNREADABLE') return
  const tried = curve.points.map(({ valueMs }) => {
    if (!touches(name, valueMs, decision, recorded)) return null
    const change = changeFor(name, valueMs, recorded)
    return redecide(recording, { recorded, change, lateWaitMs, blind: NOT_BLIND })
  })
  const patient = tried.at(-1)?.verdict ?? decision
  for (const [index, point] of curve.points.entries()) {
    const again = tried[index] ?? null
    addTo(point, decision, again, name, lost.length)
    if (again !== null) addSpared(point, again, recording, lost)
    if (!sameRoute(again?.verdict ?? decision, patient)) point.elsewhere += 1
  }
}

/** False only when the value can't make a difference to this call. */
function touches(
  name: string,
  valueMs: number,
  decision: DecisionAudited,
  policy: Policy,
): boolean {
  const { enricherMs, publishMs } = policy.margins
  const late = decision.lookups.some(gaveUp)
  if (name === WINDOW) {
    const tookMs = decision.decidedAt - decision.arrivedAt
    return late || tookMs > valueMs - Math.max(enricherMs, publishMs)
  }
  // More window gives every lookup more time.
  if (late && valueMs + enricherMs > policy.windowMs) return true
  const own = decision.lookups.find(({ dependency }) => dependency === name)
  if (own === undefined || own.outcome === 'SKIPPED' || own.outcome === 'NOT_NEEDED') return false
  return gaveUp(own) || own.latencyMs > valueMs
}

function addTo(
  point: Point,
  decision: DecisionAudited,
  again: Redecided | null,
  name: string,
  lostBefore: number,
): void {
  if (again === null) {
    point.gaveUp += lostBefore
    return
  }
  point.gaveUp += again.lookups.filter(
    (one) => (name === WINDOW || one.dependency === name) && gaveUp(one),
  ).length
  if (!again.told) point.untold += 1
  else if (!sameRoute(again.verdict, decision)) point.changed += 1
  const moreMs = again.waitedMs - (decision.decidedAt - decision.arrivedAt)
  if (moreMs > 0) {
    point.longer += 1
    point.longerMs += moreMs
  } else if (moreMs < 0) {
    point.shorter += 1
    point.shorterMs -= moreMs
  }
}

function addSpared(
  point: Point,
  { lookups }: Redecided,
  { late }: Recording,
  lost: readonly UsedLookup[],
): void {
  for (const { dependency } of lost) {
    const now = lookups.find((one) => one.dependency === dependency)
    if (now !== undefined && gaveUp(now)) continue
    point.spared += 1
    if (!late.has(dependency)) point.unneeded += 1
  }
}

/** Adds what another worker counted of the same trial. */
export function mergeCurve(into: Curve, from: Curve): void {
  into.lookups += from.lookups
  into.gaveUp += from.gaveUp
  into.answeredLate += from.answeredLate
  into.slowestLateMs = Math.max(into.slowestLateMs, from.slowestLateMs)
  for (const [index, point] of into.points.entries()) {
    const other = from.points[index]
    if (other === undefined) continue
    for (const name of COUNTS) point[name] += other[name]
  }
}

const COUNTS = [
  'gaveUp',
  'spared',
  'unneeded',
  'changed',
  'untold',
  'elsewhere',
  'longer',
  'longerMs',
  'shorter',
  'shorterMs',
] as const
