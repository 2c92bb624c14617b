/** The plots that a results file gives: file name and SVG. Pure. */
import { OBJECTIVE } from '../objective.ts'
import type { Measured, Parts } from '../results.ts'
import {
  coresOf,
  cpuMsPerCall,
  deciderMb,
  isAgain,
  type Row,
  rowsOf,
  type Spread,
  spreadOf,
} from './across.ts'
import { type Plot, plotSvg, type Point, type Series } from './plot.ts'

export interface Drawn {
  readonly file: string
  readonly svg: string
}

const exactly = (x: number, value: number): Point => ({ x, low: value, middle: value, high: value })

function byContender(rows: readonly Row[], value: (row: Row) => Spread): Series[] {
  return [...Map.groupBy(rows, ({ contender }) => contender)].map(([name, own]) => ({
    name,
    points: own.map((row) => ({ x: row.ratePerS, ...value(row) })),
  }))
}

const RATE_AXES = { xTitle: 'calls a second', xScale: 'logarithmic' } as const

function ratePlots({ measured, warmUps }: NonNullable<Parts['rates']>): Named[] {
  const rows = rowsOf(measured)
  return [
    {
      file: 'latency-p99.svg',
      ...RATE_AXES,
      title: 'From arrival to decision, p99',
      yTitle: 'ms of broker time',
      yScale: 'logarithmic',
      series: byContender(rows, (row) => row.of(({ stored }) => stored.p99)),
      limit: { y: OBJECTIVE.overheadP99Ms, text: `objective: ${OBJECTIVE.overheadP99Ms} ms` },
    },
    {
      file: 'cores.svg',
      ...RATE_AXES,
      title: 'Cores that a contender takes itself',
      yTitle: 'cores, without broker, switch and systems asked',
      yScale: 'linear',
      series: byContender(rows, (row) => row.of((one) => coresOf(one, 'decider', 'enricher'))),
    },
    {
      file: 'memory.svg',
      ...RATE_AXES,
      title: 'Resident memory of the process that decides',
      yTitle: 'MB',
      yScale: 'linear',
      series: byContender(rows, (row) => row.of(deciderMb)),
    },
    {
      file: 'first-seconds.svg',
      title: 'The first seconds after a start, p99',
      xTitle: 'seconds since the first call',
      yTitle: 'ms of broker time',
      xScale: 'linear',
      yScale: 'logarithmic',
      series: bySecond(warmUps),
    },
  ]
}

/** The middle repetition of each second, with least and most. */
function bySecond(warmUps: readonly Measured[]): Series[] {
  return [...Map.groupBy(warmUps, ({ contender }) => contender)].map(([name, own]) => {
    const seconds = Math.min(...own.map(({ slices }) => slices.length))
    const points = Array.from({ length: seconds }, (_, at) => {
      return { x: at + 1, ...spreadOf(own.map(({ slices }) => slices[at]?.p99 ?? 0)) }
    })
    return { name, points }
  })
}

type Named = Plot & { readonly file: string }

function sustainedPlot({ measured }: NonNullable<Parts['sustained']>): Named {
  return {
    file: 'sustained.svg',
    title: 'Held for minutes: p99 over time',
    xTitle: 'minutes',
    yTitle: 'ms of broker time',
    xScale: 'linear',
    yScale: 'logarithmic',
    limit: { y: OBJECTIVE.overheadP99Ms, text: `objective: ${OBJECTIVE.overheadP99Ms} ms` },
    series: measured.map(({ contender, ratePerS, slices }, at) => ({
      name: `${contender}, ${ratePerS}/s${isAgain(measured, at) ? ', after' : ''}`,
      points: slices.map(({ untilMs, p99 }) => exactly(untilMs / 60_000, p99)),
    })),
  }
}

function scalePlots(scale: NonNullable<Parts['scale']>): Named[] {
  const perCall = (points: readonly { x: number; measured: Measured }[]): Series[] =>
    points.length === 0
      ? []
      : [
          {
            name: 'router',
            points: points.map(({ x, measured }) => exactly(x, cpuMsPerCall(measured, 'decider'))),
          },
          {
            name: 'all enrichers',
            points: points.map(({ x, measured }) => exactly(x, cpuMsPerCall(measured, 'enricher'))),
          },
          {
            name: 'broker',
            points: points.map(({ x, measured }) => exactly(x, cpuMsPerCall(measured, 'broker'))),
          },
        ]
  return [
    {
      file: 'scale-partitions.svg',
      title: 'What a call costs by partitions',
      xTitle: 'partitions',
      yTitle: 'CPU ms a call, what idles included',
      xScale: 'logarithmic',
      yScale: 'linear',
      series: perCall(scale.partitions),
    },
    {
      file: 'scale-dependencies.svg',
      title: 'What a call costs by dependencies',
      xTitle: 'dependencies',
      yTitle: 'CPU ms a call, what idles included',
      xScale: 'linear',
      yScale: 'linear',
      series: perCall(scale.dependencies),
    },
    {
      file: 'scale-open.svg',
      title: 'What a call costs the core by open requests',
      xTitle: 'requests open in one partition',
      yTitle: 'µs of a core a call',
      xScale: 'logarithmic',
      yScale: 'linear',
      series: [
        {
          name: 'arrival, four lookups, decision',
          points: scale.openRequests.map(({ open, usPerCall }) => exactly(open, usPerCall)),
        },
      ],
    },
    {
      file: 'scale-rules.svg',
      title: 'What a decision costs by rules',
      xTitle: 'rules, all of them tried',
      yTitle: 'µs of a core',
      xScale: 'logarithmic',
      yScale: 'logarithmic',
      series: [
        {
          name: 'one decision',
          points: scale.rules.map(({ rules, usPerDecision }) => exactly(rules, usPerDecision)),
        },
      ],
    },
  ]
}

function restartPlot({ restarts }: NonNullable<Parts['restart']>): Named {
  const series = [
    {
      name: 'to the first decision',
      points: restarts.map(({ markers, firstDecisionMs }) => exactly(markers, firstDecisionMs)),
    },
    {
      name: 'to readiness',
      points: restarts.map(({ markers, readyMs }) => exactly(markers, readyMs)),
    },
  ]
  return {
    file: 'restart.svg',
    title: 'A restart by requests to remember',
    xTitle: 'requests to remember',
    yTitle: 'ms since the start of the process',
    xScale: 'linear',
    yScale: 'linear',
    series,
  }
}

/** Of the parts that are there; a part without points draws nothing. */
export function plotsOf({ rates, sustained, scale, restart }: Parts): readonly Drawn[] {
  const plots = [
    ...(rates === undefined ? [] : ratePlots(rates)),
    ...(sustained === undefined ? [] : [sustainedPlot(sustained)]),
    ...(scale === undefined ? [] : scalePlots(scale)),
    ...(restart === undefined ? [] : [restartPlot(restart)]),
  ]
  return plots.flatMap(({ file, ...plot }) => {
    const svg = plotSvg(plot)
    return svg === null ? [] : [{ file, svg }]
  })
}
