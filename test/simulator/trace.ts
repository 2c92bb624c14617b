/** A failing run for people: what was done to the world, and everything about one call in order. */
import { fullCodec } from './codecs.ts'
import { describeFault } from './faults.ts'
import type { Run } from './world.ts'
import type { LogRecord } from '../../services/platform/ports.ts'
import { TOPIC_NAMES, type TopicName } from '../../services/topology.ts'

interface Line {
  readonly atMs: number
  readonly text: string
}

/** The time line of one call, with the faults in between; times count from the run's beginning. */
export function traceCall(run: Run, callId: string): string {
  const lines: Line[] = run.log.map(({ atMs, what }) => ({ atMs, text: `*** ${what}` }))
  for (const topic of TOPIC_NAMES) {
    for (const record of run.broker.records(topic)) {
      if (record.key === null || Buffer.from(record.key).toString() !== callId) continue
      lines.push({ atMs: record.appendedAt - run.startMs, text: describeRecord(topic, record) })
    }
  }
  return lines
    .toSorted((a, b) => a.atMs - b.atMs)
    .map(({ atMs, text }) => `${String(Math.round(atMs)).padStart(7)} ms  ${text}`)
    .join('\n')
}

/** The shape of a world in one paragraph. */
export function describeWorld({ plan, startMs }: Run): string {
  const { faults, arrivals, fetch } = plan
  return [
    `seed ${plan.seed}: ${plan.partitions} partitions, ${plan.routers} routers, ` +
      `${plan.enrichers} enrichers a dependency, ${arrivals.length} arrivals from ` +
      `${new Date(startMs).toISOString()}; latency up to ${plan.latencyMsMax} ms, fetches up to ` +
      `${fetch.msMax} ms and ${fetch.recordsMax} records, skews ${plan.skewsMs.join(', ')} ms`,
    ...faults.map((fault) => `  ${Math.round(fault.atMs)} ms: ${describeFault(fault)}`),
  ].join('\n')
}

function describeRecord(topic: TopicName, { partition, offset, value }: LogRecord): string {
  const place = `${topic} ${partition}/${offset}`
  const decoded = fullCodec.decode(topic, value)
  if (!decoded.ok) return `${place} unreadable`
  return `${place} ${JSON.stringify(essence(topic, decoded.value))}`
}

const TELLING: { readonly [topic in TopicName]?: readonly string[] } = {
  'call.arrived': ['requestNo', 'decideWithinMs'],
  'call.lookup': ['requestNo', 'dependency', 'outcome', 'cause', 'latencyMs', 'budgetMs', 'detail'],
  'call.routed': [
    'requestNo',
    'decisionId',
    'trigger',
    'target',
    'decidedAt',
    'decideBy',
    'arrivalAt',
    'routerId',
    'detail',
  ],
  'audit.decision': ['requestNo', 'decisionId', 'effective'],
  'audit.fallback': ['requestNo', 'dependency', 'reason', 'cause', 'sentence'],
  'audit.late': ['requestNo', 'dependency', 'lateByMs'],
  'call.context': ['requestNo', 'revision'],
}

function essence(topic: TopicName, value: object): object {
  const names = TELLING[topic] ?? []
  return Object.fromEntries(Object.entries(value).filter(([name]) => names.includes(name)))
}
