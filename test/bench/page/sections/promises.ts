/** What was promised against what was measured: the first thing a reader wants. Pure. */
import { growthMs } from '../../measure/backlog.ts'
import { OBJECTIVE } from '../../objective.ts'
import type { Measured, Parts } from '../../results.ts'
import { deciderMb, largestMb, type Row, rowsOf } from '../across.ts'
import { table, told } from '../markdown.ts'

interface Promised {
  readonly what: string
  readonly measured: string
  readonly kept: boolean
}

const SKELETON_TIMES_MAX = 2
const SERVICE_MB_MAX = 150
const RESTART = { markers: 100_000, mostMs: 3000 }
const COMPARED_AT = [278, 1000]

function held(one: Measured): Promised {
  const { contender, ratePerS, durationMs, stored, late, slices, broken } = one
  const minutes = Math.round((durationMs / 60_000) * 10) / 10
  const growth = growthMs(slices, ratePerS)
  return {
    what: `${ratePerS} calls/s for ${minutes} min, ${contender}: p99 at most ${OBJECTIVE.overheadP99Ms} ms, nothing late, lag flat`,
    measured: `p99 ${stored.p99} ms, ${late} late, undecided calls grew by ${growth} ms of load${broken.length === 0 ? '' : ` (broken: ${broken.join('; ')})`}`,
    kept: broken.length === 0,
  }
}

function besideSkeleton(measured: readonly Measured[]): Promised[] {
  const floor = measured.find(({ contender }) => contender === 'skeleton')
  const engine = measured.find(({ contender }) => contender === 'crosspoint-instant')
  if (floor === undefined || engine === undefined || floor.stored.p99 === 0) return []
  const times = engine.stored.p99 / floor.stored.p99
  return [
    {
      what: `its p99 at most ${SKELETON_TIMES_MAX} times that of the skeleton at ${floor.ratePerS} calls/s`,
      measured: `${engine.stored.p99} against ${floor.stored.p99} ms: ${times.toFixed(1)} times`,
      kept: times <= SKELETON_TIMES_MAX,
    },
  ]
}

function memory(measured: readonly Measured[]): Promised[] {
  const ours = measured.filter(({ contender }) => contender.startsWith('crosspoint'))
  return ours.map((one) => ({
    what: `at most ${SERVICE_MB_MAX} MB resident a service, ${one.contender} at ${one.ratePerS} calls/s`,
    measured: `the largest had ${largestMb(one)} MB`,
    kept: largestMb(one) <= SERVICE_MB_MAX,
  }))
}

function besideTwin(measured: readonly Measured[]): Promised[] {
  const rows = rowsOf(measured)
  return COMPARED_AT.flatMap((ratePerS) => {
    const find = (name: string): Row | undefined =>
      rows.find((row) => row.contender === name && row.ratePerS === ratePerS)
    const [ours, twin] = [find('crosspoint-instant'), find('streams')]
    if (ours === undefined || twin === undefined) return []
    const [our, its] = [ours, twin].map((row) => row.of(({ stored }) => stored.p99))
    const [ourMb, itsMb] = [ours, twin].map((row) => row.of(deciderMb))
    if (our === undefined || its === undefined || ourMb === undefined || itsMb === undefined) {
      return []
    }
    return [
      {
        what: `lower p99 than the Streams twin at ${ratePerS} calls/s`,
        measured: `${told(our)} against ${told(its)} ms`,
        kept: our.middle < its.middle,
      },
      {
        what: `less memory than the twin at ${ratePerS} calls/s`,
        measured: `${told(ourMb)} against ${told(itsMb)} MB`,
        kept: ourMb.middle < itsMb.middle,
      },
    ]
  })
}

function restarted({ restarts }: NonNullable<Parts['restart']>): Promised[] {
  const one = restarts.find(({ markers }) => markers === RESTART.markers)
  if (one === undefined) return []
  return [
    {
      what: `first decision at most ${RESTART.mostMs / 1000} s after a restart with ${RESTART.markers.toLocaleString('en-US')} requests to remember`,
      measured: `${(one.firstDecisionMs / 1000).toFixed(1)} s`,
      kept: one.firstDecisionMs <= RESTART.mostMs,
    },
  ]
}

/** Of the parts that are there. */
export function promisesOf({ rates, sustained, restart }: Parts): readonly Promised[] {
  return [
    ...(sustained === undefined
      ? []
      : [
          ...sustained.measured.filter(({ contender }) => contender !== 'skeleton').map(held),
          ...besideSkeleton(sustained.measured),
          ...memory(sustained.measured),
        ]),
    ...(rates === undefined ? [] : besideTwin(rates.measured)),
    ...(restart === undefined ? [] : restarted(restart)),
  ]
}

export function promisesSection(parts: Parts): string {
  const promises = promisesOf(parts)
  if (promises.length === 0) return ''
  const rows = promises.map(({ what, measured, kept }) => [what, measured, kept ? 'yes' : '**no**'])
  return `## What was promised, and what came of it\n\n${table(['promise', 'measured', 'kept'], rows)}\n`
}
