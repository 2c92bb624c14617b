/** A failing run for people: what was done to the world, and everything about one call in order. */
import { fullCodec } from './codecs.ts'
import { describeFault } from './faults.ts'
import type { Run } from './world.ts'
import type { LogRecord } from '../../services/platform/ports.ts'
import { TOPIC_NAMES, type RecordOf, type TopicName } from '../../services/topology.ts'

interface Line {
  readonly atMs: number
  readonly text: string
}

/** The time line of one call, with the faults in between, in true time from the run's beginning. */
export function traceCall(run: Run, callId: string): string {
  const lines: Line[] = run.log.map(({ atMs, what }) => ({ atMs, text: `*** ${what}` }))
  const partitions = new Set<number>()
  for (const topic of TOPIC_NAMES) {
    for (const record of run.broker.records(topic)) {
      if (record.key === null || Buffer.from(record.key).toString() !== callId) continue
      const { trueTimes } = run.broker.log(topic, record.partition)
      const atMs = (trueTimes[record.offset] ?? record.appendedAt) - run.startMs
      partitions.add(record.partition)
      lines.push({ atMs, text: describeRecord(topic, record) })
    }
  }
  for (const partition of partitions) lines.push(...takeovers(run, partition))
  return lines
    .toSorted((a, b) => a.atMs - b.atMs)
    .map(({ atMs, text }) => `${String(Math.round(atMs)).padStart(7)} ms  ${text}`)
    .join('\n')
}

/** Who decided for a partition, and from when on. */
function takeovers({ attendance, startMs }: Run, partition: number): Line[] {
  return [attendance.router, attendance.backup]
    .flatMap((lane) => lane.takeovers(partition))
    .map(({ memberId, atMs }) => ({
      atMs: atMs - startMs,
      text: `*** ${memberId} has partition ${partition}`,
    }))
}

/** The shape of a world in one paragraph. */
export function describeWorld({ plan, startMs }: Run): string {
  const { faults, arrivals, fetch, publications } = plan
  const shape = [
    `${plan.partitions} partitions`,
    `${plan.routers} routers`,
    `${plan.backups} backups${plan.backupsAtMs > 0 ? ` from ${Math.round(plan.backupsAtMs)} ms` : ''}`,
    `${plan.enrichers} enrichers ${plan.together ? 'of all dependencies' : 'a dependency'}`,
    `${arrivals.length} arrivals from ${new Date(startMs).toISOString()}`,
    `latency up to ${plan.latencyMsMax} ms`,
    `fetches up to ${fetch.msMax} ms and ${fetch.recordsMax} records`,
    `clocks ahead by ${plan.skewsMs.join(', ')} ms`,
  ]
  const { limits } = plan
  if (limits !== null) {
    shape.push(`room for ${limits.openMax} open requests and ${limits.openLookupsMax} lookups`)
    shape.push(
      `decisions of ${limits.decisionBytesMax} and records of ${limits.recordBytesMax} bytes`,
    )
  }
  const planned = [
    ...faults.map((fault) => ({ atMs: fault.atMs, what: describeFault(fault) })),
    ...publications.map(({ atMs, edition, noticeMs }) => ({
      atMs,
      what: `policy, edition ${edition}, noticeMs ${noticeMs}`,
    })),
  ].toSorted((a, b) => a.atMs - b.atMs)
  return [
    `seed ${plan.seed}: ${shape.join(', ')}`,
    ...planned.map(({ atMs, what }) => `  ${Math.round(atMs)} ms: ${what}`),
  ].join('\n')
}

function describeRecord(topic: TopicName, record: LogRecord): string {
  const place = `(${topic} ${record.partition}/${record.offset})`
  const decoded = fullCodec.decode(topic, record.value)
  const sentence = decoded.ok ? sentenceOf(topic, decoded.value) : 'nobody can read this'
  return `${sentence} ${place}`
}

/** What a record says, in a sentence. */
const SENTENCES: { readonly [T in TopicName]?: (value: RecordOf[T]) => string } = {
  'call.arrived': ({ callId, requestNo, decideWithinMs }) =>
    `${callId}#${requestNo} arrives` +
    (decideWithinMs === null ? '' : `, to be decided within ${decideWithinMs} ms`),
  'call.lookup': ({ requestNo, dependency, outcome, cause, origin, budgetMs, detail }) =>
    `${dependency} settles #${requestNo}: ${outcome}${cause === null ? '' : ` (${cause})`} from ` +
    `${origin}, budget ${budgetMs} ms: ${detail}`,
  'call.routed': (one) =>
    `${one.routerId} (${one.lane}) decides #${one.requestNo} as ${one.trigger}: ` +
    `${one.target.type} ${one.target.id} by rule ${one.ruleId}, decided ` +
    `${sign(one.decidedAt - one.decideBy)} ms of its deadline, with ${usedOf(one)}; ` +
    `id ${one.decisionId.slice(0, 8)}`,
  'audit.decision': ({ requestNo, decisionId, effective }) =>
    `the audit calls decision ${decisionId.slice(0, 8)} of #${requestNo} ` +
    (effective ? 'effective' : 'not effective'),
  'audit.fallback': ({ sentence }) => `the audit gives a reason: ${sentence}`,
  'audit.late': ({ requestNo, dependency, lateByMs }) =>
    `the audit tells that ${dependency} answered #${requestNo} ${lateByMs} ms late`,
  'call.context': ({ requestNo, revision }) =>
    `the agent's screen for #${requestNo} is at revision ${revision}`,
}

function sentenceOf<T extends TopicName>(topic: T, value: RecordOf[T]): string {
  return SENTENCES[topic]?.(value) ?? 'a record'
}

function usedOf({ lookups }: RecordOf['call.routed']): string {
  return lookups.map(({ dependency, outcome }) => `${dependency} ${outcome}`).join(', ')
}

const sign = (ms: number): string => (ms > 0 ? `+${Math.round(ms)}` : String(Math.round(ms)))
