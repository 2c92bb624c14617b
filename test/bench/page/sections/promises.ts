/** What was promised against what was measured: the first thing a reader wants. Pure. */
import { growthMs } from '../../measure/backlog.ts'
import { COMPARED_AT_PER_S, OBJECTIVE, PROMISED_PER_S } from '../../objective.ts'
import type { Measured, Parts } from '../../results.ts'
import { deciderMb, largestMb, pairsOf, type Row, rowsOf, spreadOf } from '../across.ts'
import { grouped, table, told } from '../markdown.ts'
import { signsOf } from '../sign-test.ts'

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
      measured: `${p99} against ${floors} ms: ${times} times${forSeconds(parts, skeleton)}`,
      kept: keptBeside(found.floor, least, most),
    }
  })
}

/** The same in the tables of latency, where it is measured for seconds and no promise. */
function forSeconds({ rates }: Parts, skeleton: string): string {
  const pairs = pairsOf(rates?.measured ?? [], PROMISED_PER_S['crosspoint-instant'], skeleton)
  const times = pairs.map(([our, its]) => (our.stored.p99 / Math.max(1, its.stored.p99)).toFixed(1))
  return times.length === 0 ? '' : `; in the table of latency ${times.join(', ')} times`
}

/** Before and after. */
const FLOORS = 2

/** A floor that did not bear the rate is none. */
function keptBeside(floor: Row, least: number, most: number): Kept {
  if (floor.borne < FLOORS) return 'undecided'
  if (most <= SKELETON_TIMES_MAX) return 'yes'
  return least > SKELETON_TIMES_MAX ? 'no' : 'undecided'
}

function besideTwin({ twin }: Parts): readonly Promised[] {
  return COMPARED_AT_PER_S.flatMap((ratePerS) => {
    const pairs = pairsOf(twin?.measured ?? [], ratePerS, 'streams')
    const found = pairs.length === 0 ? undefined : pairs
    const compare = (what: string, unit: string, of: (one: Measured) => number): Promised =>
      promise(`${what} than the Streams twin at ${ratePerS} calls/s`, found, (all) => {
        const values = all.map(([our, its]) => [of(our), of(its)] as const)
        const { lower, ours } = signsOf(values)
        const [our, its] = [0, 1].map((at) => told(spreadOf(values.map((pair) => pair[at] ?? 0))))
        const kept = ours === null ? 'undecided' : yesIf(ours === 'lower')
        return {
          measured: `lower in ${lower} of ${all.length} pairs: ${our} against ${its} ${unit}`,
          kept,
        }
      })
    return [
      compare('lower p99', 'ms', ({ stored }) => stored.p99),
      compare('less memory', 'MB', deciderMb),
    ]
  })
}

function restarted({ restart }: Parts): readonly Promised[] {
  const one = restart?.restarts.find(({ markers }) => markers === RESTART.markers)
  const start = `at most ${RESTART.mostMs / 1000} s after a start with ${grouped(RESTART.markers)} requests to remember`
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

*Undecided*: not enough of the pairs beside the twin fall one way, or the floors before and after disagree, or one of them did
not bear the rate. *skeleton-kafkajs* is the yardstick that the promise was written with, by the client as everybody has it;
until 30 November 2026 only *skeleton* was measured, which is stricter. Both are told. Of overdue work, which is to be drained
faster than it arrives, there is no number here: a fault scenario checks it ([F5](faults.md)).

${table(['promise', 'measured', 'kept'], rows)}
`
}
