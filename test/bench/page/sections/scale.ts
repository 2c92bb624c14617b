/** What costs grow with. Pure. */
import { ROOMY } from '../../contenders/crosspoint.ts'
import type { Measured, Parts } from '../../results.ts'
import {
  allMb,
  coresOf,
  cpuMsPerCall,
  deciderMb,
  isAgain,
  largestMb,
  stolenText,
  verdictOf,
} from '../across.ts'
import { grouped, table } from '../markdown.ts'

type Scale = NonNullable<Parts['scale']>
type Points = readonly { readonly x: number; readonly measured: Measured }[]

const KB = 1024

/** Calls in flight on average, by how many were undecided at the ends of slices. */
const openOf = ({ slices }: Measured): number =>
  slices.reduce((sum, { open }) => sum + open, 0) / Math.max(1, slices.length)

const costs = (x: string, points: Points): string =>
  table(
    [
      x,
      'calls/s',
      'p50, ms',
      'p99, ms',
      'CPU ms a call: router',
      'enrichers',
      'broker',
      'router, MB',
      'all services, MB',
      'open at once',
      'stolen',
    ],
    points.map(({ x: value, measured }) => [
      value,
      measured.ratePerS,
      measured.stored.p50,
      measured.stored.p99,
      cpuMsPerCall(measured, 'decider').toFixed(2),
      cpuMsPerCall(measured, 'enricher').toFixed(2),
      cpuMsPerCall(measured, 'broker').toFixed(2),
      deciderMb(measured),
      allMb(measured),
      openOf(measured).toFixed(0),
      stolenText([measured]),
    ]),
  )

export function scaleSection({
  partitions,
  dependencies,
  processes,
  slowLookups,
  openRequests,
  rules,
}: Scale): string {
  const parts = [
    partitions.length > 0 &&
      `### Partitions

The same calls over more partitions:

![cost by partitions](performance/scale-partitions.svg)

${costs('partitions', partitions)}`,
    dependencies.length > 0 &&
      `### Dependencies

Each is an enricher that reads every arrival, and a record more for the router to read; they share a process. The
policy is made up: a fact from each system, ten rules.

![cost by dependencies](performance/scale-dependencies.svg)

${costs('dependencies', dependencies)}`,
    processes.length > 0 &&
      `### Enrichers in one process, or one each

\`crosspoint enricher crm billing scheduling priority\` against four processes. What billing needs of the CRM is told
within the process; between processes it goes by the log, an append and a fetch more.

${costs('processes', processes)}`,
    openRequests.length > 0 &&
      `### Open requests

The slower lookups settle, the more calls wait at once. With a CRM that takes its time (real servers on the
same cores; what it takes is in the latency; it may be asked ${grouped(ROOMY)} things at once, \`limits.connections\` of its connector):

${costs('CRM takes, ms', slowLookups)}

The core alone, in one process, with so many requests open in one partition:

![cost by open requests](performance/scale-open.svg)

${table(
  ['open requests', 'µs a call', 'heap a request, KB'],
  openRequests.map(({ open, usPerCall, bytesPerRequest }) => [
    grouped(open),
    usPerCall.toFixed(1),
    // A difference of two heaps: below nothing it only tells that the collector came between.
    bytesPerRequest > 0 ? (bytesPerRequest / KB).toFixed(1) : '–',
  ]),
)}`,
    rules.length > 0 &&
      `### Rules

Four dependencies, all settled, none of the rules matching: each is tried. A policy may have 1,000.

![cost by rules](performance/scale-rules.svg)

${table(
  ['rules', 'µs a decision', 'loading and checking, ms'],
  rules.map(({ rules: count, usPerDecision, loadMs }) => [
    grouped(count),
    usPerDecision.toFixed(1),
    loadMs.toFixed(0),
  ]),
)}`,
  ]
  const told = parts.filter((one) => one !== false)
  return told.length === 0 ? '' : `## What costs grow with\n\n${told.join('\n\n')}\n`
}

export function restartSection({ restarts }: NonNullable<Parts['restart']>): string {
  return `## Restart

A router that starts reads the decisions of the last minute before it may decide. It decides as soon as it has, and is
ready when its auditor has taken up its partitions as well. Here it is the first of its
group: it has no commits to begin at, and none of these decisions was audited, so its auditor has all of them to
write. What a killed one needs besides is the time in which its group misses it (a session, 6 s).

![restart](performance/restart.svg)

${table(
  ['requests to remember', 'ready after, ms', 'first decision after, ms', 'resident, MB'],
  restarts.map(({ markers, readyMs, firstDecisionMs, residentMb }) => [
    grouped(markers),
    readyMs,
    firstDecisionMs,
    residentMb,
  ]),
)}
`
}

function warmSeconds([first]: readonly Measured[]): string {
  return first === undefined ? '' : `for ${first.durationMs / 1000} s `
}

function firstSeconds(warmUps: readonly Measured[]): string {
  const told = warmUps.map(({ contender, stored }) => `${contender} ${stored.p99}`)
  return told.length === 0 ? '' : `; p99 of those seconds: ${told.join(', ')} ms`
}

const nameOf = (measured: readonly Measured[], at: number): string =>
  `${measured[at]?.contender}${isAgain(measured, at) ? ', after' : ''}`

export function sustainedSection({ warmUps, measured }: NonNullable<Parts['sustained']>): string {
  return `## Held for minutes

Each had calls before these that do not count, the last of them ${warmSeconds(warmUps)}at this very rate${firstSeconds(warmUps)}.

![p99 over time](performance/sustained.svg)

${table(
  [
    'contender',
    'calls/s',
    'minutes',
    'calls',
    'p50',
    'p99',
    'p99.9',
    'max',
    'late',
    'most open at once',
    'services, cores',
    'largest, MB',
    'stolen',
    'verdict',
  ],
  measured.map((one, at) => [
    nameOf(measured, at),
    one.ratePerS,
    (one.durationMs / 60_000).toFixed(1),
    grouped(one.sent),
    one.stored.p50,
    one.stored.p99,
    one.stored.p999,
    one.stored.max,
    one.late,
    Math.max(0, ...one.slices.map(({ open }) => open)),
    coresOf(one, 'decider', 'enricher').toFixed(2),
    largestMb(one),
    stolenText([one]),
    verdictOf(one),
  ]),
)}

Behind, in records by what each group has committed (some do once a second): at the start, half-way, at the end.

${table(
  ['contender', 'group', 'start', 'half-way', 'end'],
  measured.flatMap(({ lag }, at) =>
    lag.end.map(({ group, records }) => [
      nameOf(measured, at),
      group,
      ...[lag.start, lag.middle].map(
        (all) => all.find((one) => one.group === group)?.records ?? '–',
      ),
      records,
    ]),
  ),
)}
`
}
