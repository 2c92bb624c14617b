/** What was promised against what was measured: the first thing a reader wants. Pure. */
import { growthMs } from '../../measure/backlog.ts'
import { OBJECTIVE, PROMISED_PER_S } from '../../objective.ts'
import type { Measured, Parts } from '../../results.ts'
import { deciderMb, largestMb, type Row, rowsOf } from '../across.ts'
import { table } from '../markdown.ts'

type Kept = 'yes' | 'no' | 'undecided' | 'not measured'

interface Promised {
  readonly what: string
  readonly measured: string
  readonly kept: Kept
}

const SKELETON_TIMES_MAX = 2
const SERVICE_MB_MAX = 150
const RESTART = { markers: 100_000, mostMs: 3000 }
/** The promise was made with kafkajs' own; that of crosspoint's client is quicker, and stricter. */
const SKELETONS = ['skeleton-kafkajs', 'skeleton']
const COMPARED_AT = [278, 1000]

const yesIf = (kept: boolean): Kept => (kept ? 'yes' : 'no')

/** A promise of which a run left nothing stands all the same. */
function promise<Found>(
  what: string,
  found: Found | undefined,
  judge: (found: Found) => Omit<Promised, 'what'>,
): Promised {
  return found === undefined
    ? { what, measured: '–', kept: 'not measured' }
    : { what, ...judge(found) }
}

const sustainedOf = ({ sustained }: Parts, name: string): Measured | undefined =>
  sustained?.measured.find(({ contender }) => contender === name)

function held(parts: Parts): readonly Promised[] {
  return Object.entries(PROMISED_PER_S).flatMap(([contender, ratePerS]) => {
    const one = sustainedOf(parts, contender)
    const rate = `${contender} at ${ratePerS} calls/s`
    return [
      promise(
        `${rate} for minutes: p99 at most ${OBJECTIVE.overheadP99Ms} ms, nothing late, lag flat`,
        one,
        ({ durationMs, stored, late, slices, broken }) => ({
          measured:
            `${(durationMs / 60_000).toFixed(1)} min, p99 ${stored.p99} ms, ${late} late, undecided calls ` +
            grown(growthMs(slices, ratePerS)) +
            (broken.length === 0 ? '' : ` (broken: ${broken.join('; ')})`),
          kept: yesIf(broken.length === 0),
        }),
      ),
      promise(`${rate}: at most ${SERVICE_MB_MAX} MB resident a service`, one, (found) => ({
        measured: `the largest had ${largestMb(found)} MB`,
        kept: yesIf(largestMb(found) <= SERVICE_MB_MAX),
      })),
    ]
  })
}

const grown = (byMs: number): string => (byMs > 0 ? `grew by ${byMs} ms of load` : 'did not grow')

/** Against the floor as it was before and after: both decide, for the machine of one minute is not that of another. */
function besideSkeleton(parts: Parts, skeleton: string): Promised {
  const floor = rowsOf(parts.sustained?.measured ?? []).find(
    ({ contender }) => contender === skeleton,
  )
  const engine = sustainedOf(parts, 'crosspoint-instant')
  const both = floor === undefined || engine === undefined ? undefined : { floor, engine }
  const what = `crosspoint-instant at ${PROMISED_PER_S['crosspoint-instant']} calls/s: p99 at most ${SKELETON_TIMES_MAX} times that of ${skeleton} in the same run`
  return promise(what, both, (found) => {
    const { p99 } = found.engine.stored
    const its = found.floor.of(({ stored }) => stored.p99)
    const [least, most] = [p99 / Math.max(1, its.high), p99 / Math.max(1, its.low)]
    const times = [...new Set([least, most].map((one) => one.toFixed(1)))].join(' to ')
    const floors = [...new Set([its.low, its.high])].join(' to ')
    return {
      measured: `${p99} against ${floors} ms: ${times} times`,
      kept: keptBeside(found.floor, least, most),
    }
  })
}

/** Before and after. */
const FLOORS = 2

/** A floor that did not bear the rate is none. */
function keptBeside(floor: Row, least: number, most: number): Kept {
  if (floor.borne < FLOORS) return 'undecided'
  if (most <= SKELETON_TIMES_MAX) return 'yes'
  return least > SKELETON_TIMES_MAX ? 'no' : 'undecided'
}

/**
 * Lower in every repetition, higher in every one, or neither; equals count for neither. Pairs, not extremes: both of a
 * repetition were measured within some minutes, and a rented machine's hours differ by more than contenders do.
 */
function lower(pairs: readonly (readonly [our: number, its: number])[]): Kept {
  const unequal = pairs.filter(([our, its]) => our !== its)
  if (unequal.length < PAIRS_MIN) return 'undecided'
  if (unequal.every(([our, its]) => our < its)) return 'yes'
  return unequal.every(([our, its]) => our > its) ? 'no' : 'undecided'
}

/** Of a single pair either may be the lucky one. */
const PAIRS_MIN = 2

/** What both measured in the same repetition. */
const pairsOf = (ours: Row, twin: Row): readonly (readonly [Measured, Measured])[] =>
  ours.measured.flatMap((our) => {
    const its = twin.measured.find(({ repetition }) => repetition === our.repetition)
    return its === undefined ? [] : [[our, its] as const]
  })

function besideTwin({ rates }: Parts): readonly Promised[] {
  const rows = rowsOf(rates?.measured ?? [])
  return COMPARED_AT.flatMap((ratePerS) => {
    const find = (name: string): Row | undefined =>
      rows.find((row) => row.contender === name && row.ratePerS === ratePerS)
    const [ours, twin] = [find('crosspoint-instant'), find('streams')]
    const pairs = ours === undefined || twin === undefined ? [] : pairsOf(ours, twin)
    const both = pairs.length === 0 ? undefined : pairs
    const compare = (what: string, unit: string, of: (one: Measured) => number): Promised =>
      promise(`${what} than the Streams twin at ${ratePerS} calls/s`, both, (found) => {
        const values = found.map(([our, its]) => [of(our), of(its)] as const)
        const list = values.map(([our, its]) => `${our} against ${its}`).join('; ')
        return { measured: `${list} ${unit}`, kept: lower(values) }
      })
    return [
      compare('lower p99', 'ms', ({ stored }) => stored.p99),
      compare('lower p99 as the ACD sees it', 'ms', ({ seen }) => seen.p99),
      compare('less memory', 'MB', deciderMb),
    ]
  })
}

function restarted({ restart }: Parts): readonly Promised[] {
  const one = restart?.restarts.find(({ markers }) => markers === RESTART.markers)
  const start = `at most ${RESTART.mostMs / 1000} s after a start with ${RESTART.markers.toLocaleString('en-US')} requests to remember`
  const within = (what: string, of: (found: NonNullable<typeof one>) => number): Promised =>
    promise(`${what} ${start}`, one, (found) => ({
      measured: `${(of(found) / 1000).toFixed(1)} s`,
      kept: yesIf(of(found) <= RESTART.mostMs),
    }))
  return [
    within('first decision', ({ firstDecisionMs }) => firstDecisionMs),
    within('ready, its auditor too,', ({ readyMs }) => readyMs),
  ]
}

/** All of them, whatever was measured. */
export const promisesOf = (parts: Parts): readonly Promised[] => [
  ...held(parts),
  ...SKELETONS.map((skeleton) => besideSkeleton(parts, skeleton)),
  ...besideTwin(parts),
  ...restarted(parts),
]

export function promisesSection(parts: Parts): string {
  const rows = promisesOf(parts).map(({ what, measured, kept }) => [
    what,
    measured,
    kept === 'yes' ? kept : `**${kept}**`,
  ])
  return `## What was promised, and what came of it

Beside the twin each repetition is a pair, for a rented machine is not the same an hour later, and a pair of the same
milliseconds counts for neither. Two that are alike win three pairs by chance once in eight, two pairs once in four.
*Undecided*: the pairs disagree, or the floors before and after. That overdue work
is drained faster than it arrives has no number here: a fault scenario checks it ([F5](faults.md)).

${table(['promise', 'measured', 'kept'], rows)}
`
}
