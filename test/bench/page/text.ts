/** The page, from a results file alone: no number in it is written by hand. Pure. */
import { OBJECTIVE } from '../objective.ts'
import { AGAIN_MS_MAX, STOLEN_MAX, TRIES_MAX } from '../parts/undisturbed.ts'
import type { Parts, Results, Run } from '../results.ts'
import { table } from './markdown.ts'
import { capacitySection } from './sections/capacity.ts'
import { microSection, tuningSection } from './sections/more.ts'
import { promisesSection } from './sections/promises.ts'
import { ratesSection } from './sections/rates.ts'
import { restartSection, scaleSection, sustainedSection } from './sections/scale.ts'
import { sizingSection } from './sections/sizing.ts'
import { twinSection } from './sections/twin.ts'

const CONTENDERS = `- **skeleton**: the same topics and client without codec, lookups and policy. A yardstick, called the floor: it waits for all
  four lookups of every call, where crosspoint decides as soon as the route is certain.
- **skeleton-kafkajs**: the same by kafkajs 2.2.4 as it is published, [set up for latency](../test/bench/skeleton/kafkajs-client.ts):
  the floor of that client. Crosspoint's own is kafkajs as well, with fetches and produce requests of its own making.
- **crosspoint-instant**: crosspoint with lookups answered inside the enrichers: the engine.
- **crosspoint-real**: crosspoint with lookups over HTTP and SQL against servers on the same cores.
- **streams**, **streams-eos**: a Kafka Streams program (Java) in the router's place, at least once and exactly
  once, with the same enrichers around it: [what it is, how it was tuned](../test/bench/kafka-streams/README.md).`

function runsTable(parts: Parts): string {
  const rows = runsOf(parts).map(([name, { startedAt, endedAt, commit, machine, command }]) => [
    name,
    `${startedAt.slice(0, 16).replace('T', ' ')} to ${endedAt.slice(11, 16)} UTC`,
    commit,
    machine.model,
    machine.loadBefore.toFixed(1),
    `\`${command}\``,
  ])
  return table(['part', 'when', 'commit', 'processor', 'load before', 'command'], rows)
}

const runsOf = (parts: Parts): readonly (readonly [string, Run])[] =>
  Object.entries(parts).flatMap(([name, part]) =>
    part === undefined ? [] : [[name, part.run] as const],
  )

/** Every machine that took part; parts that were measured another day may be of another. */
function machinesOf(parts: Parts): string {
  const lines = runsOf(parts).map(
    ([, { machine }]) =>
      `${machine.cores} cores (${machine.model}), ${machine.memoryGb} GB, Linux ${machine.kernel}, ` +
      `Node ${machine.node}, Java ${machine.java}`,
  )
  return [...new Set(lines)].map((line) => `- ${line}`).join('\n')
}

function failuresOf(parts: Parts): string {
  const lines = runsOf(parts).flatMap(([name, { failures }]) =>
    failures.map(({ what, why }) => `- ${name}: ${what}: ${why.split('\n')[0]}`),
  )
  return lines.length === 0 ? '' : `\nWhat could not be measured:\n\n${lines.join('\n')}\n`
}

export function pageOf({ parts }: Results): string {
  const { overheadP99Ms, backlogGrowthMs, lagGrowthMs, catchUpMs } = OBJECTIVE
  const { settleMs, failedLookupShare, sendingP99Ms } = OBJECTIVE
  const sections = [
    promisesSection(parts),
    parts.rates && ratesSection(parts.rates),
    parts.twin && twinSection(parts.twin),
    parts.capacity && capacitySection(parts.capacity, parts.rates?.measured ?? []),
    parts.sustained && sustainedSection(parts.sustained),
    parts.scale && scaleSection(parts.scale),
    parts.restart && restartSection(parts.restart),
    sizingSection(parts),
    parts.micro && microSection(parts.micro),
    parts.tuning && tuningSection(parts.tuning),
  ]
  const told = sections.filter((section) => section !== undefined && section !== '')
  return `<!-- Made by \`npm run bench:page\` from performance/results.json. -->
# Performance

Measured by \`make bench\`. One broker (so \`acks=all\` waits for no other), no TLS, and broker, services, switch and ACD all share
the cores of one machine: with replicas and a network between them every append takes longer, which was not measured. All
numbers here are computed from [performance/results.json](performance/results.json).

${machinesOf(parts)}

${runsTable(parts)}
${failuresOf(parts)}
*Load before* is the one-minute load average when the command began, the part before it included.

Calls come at random moments (exponential gaps) whatever becomes of them, and each is stamped with the moment
it was meant to be sent. Times are milliseconds. *Stored* (plain p50 to max) is from the append of the arrival
to the append of the decision, by the broker's clock; *seen* is from the moment the call was meant to be sent
until the ACD had its decision. Readers of *streams-eos* see a record only once its transaction is committed:
there *seen* is what counts.

A call is *late* when its decision is stored after its deadline, *undecided* while it has none; *n ms of load* are as many
calls as come in n ms. A rate is **borne** when p99 stays within ${overheadP99Ms} ms, nothing is late, every call is decided once, undecided calls
do not grow (by more than ${backlogGrowthMs} ms of load from the first third to the last), no consumer group falls behind (by
more than ${lagGrowthMs} ms of load over the second half), all is decided within ${catchUpMs} ms of the last arrival, every group
has read all of it ${settleMs / 1000} s later and each decision is audited, no lookup fails (${failedLookupShare * 100} % of the calls may have one),
and arrivals are stored within ${sendingP99Ms} ms (p99) of the moment they were meant to be sent. The systems asked answer at
once, so what is left is the way to them and crosspoint's own.

*Stolen* is the share of the cores that the machine's host gave to others meanwhile: what was measured then tells
of the host, not of us. A phase of at most ${AGAIN_MS_MAX / 1000} s with more than ${STOLEN_MAX * 100} % is measured again, whatever came of it, ${TRIES_MAX} times at
most; the one with the least stands. What is held for minutes is measured once, its floors before
and after. Of parts measured before anybody looked it is not known (–).

${CONTENDERS}

${told.join('\n')}`
}
