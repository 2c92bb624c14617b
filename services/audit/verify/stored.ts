/** The verdict over what is stored, with nothing but the topics to go by. */
import type { DecisionAudited } from '../../../schemas/records.ts'
import { HORIZON_MS } from '../../domain/horizon.ts'
import { hash } from '../../platform/hash.ts'
import { openText } from '../../policy/follow-policies.ts'
import type { Policy } from '../../policy/policy.ts'
import type { LogOffsets } from '../../platform/ports.ts'
import type { TopicName } from '../../topology.ts'
import type { DecodedSource } from '../read-records.ts'
import { replay } from '../replay.ts'
import { collectCallers, collectCalls, type CollectedCalls, collectPolicies } from './collect.ts'
import { collectPublications, type Stops } from './collect.ts'
import type { Evidence, HeldFrom, PromiseId, Stored, Topics } from './evidence.ts'
import { governingOf } from './governing.ts'
import { type PromiseVerdict, together, verify } from './verify.ts'

/** Those that need no more than the topics; I9 needs lag over time. */
const FROM_TOPICS: readonly PromiseId[] = ['I1', 'I2', 'I3', 'I4', 'I5', 'I6', 'I7', 'I8', 'I10']

/** Append times, Unix milliseconds: arrivals from `fromMs` on and before `toMs`; null is open. */
export interface VerifyRange {
  readonly fromMs: number | null
  readonly toMs: number | null
}

export interface VerifySource extends DecodedSource {
  readonly offsets: LogOffsets
}

export interface StoredVerdict extends PromiseVerdict {
  /** Decisions of the range that can't be judged any more: what they rest on is no longer kept. */
  readonly beyond: number
}

/**
 * Checks the promises for the arrivals of a range, as far as what they speak of is still kept: partition
 * by partition, because a call never leaves its own and only one is held in memory, besides the numbers
 * of all callers. Outages are not known here: decisions made late during one show as breaches of I4, for
 * the reader to judge.
 */
export async function verifyStored(
  source: VerifySource,
  range: VerifyRange,
  maxClockSkewMs: number,
): Promise<readonly StoredVerdict[]> {
  const law = await readLaw(source, maxClockSkewMs)
  const from = range.fromMs === null ? 'start' : { timeMs: range.fromMs }
  const stops = range.toMs === null ? new Map() : await stopsAfter(source.offsets, range.toMs)
  const partitions = (await source.offsets.ends('call.arrived')).length
  const callers = await collectCallers(source, partitions, { from, stops })
  const parts: Judged[] = []
  for (let partition = 0; partition < partitions; partition += 1) {
    const collected = await collectCalls(source, { from, stops, partitions: [partition] })
    const heldFrom = await heldFromIn(source.offsets)
    const topics = within(collected.topics, range)
    // Texts of policies belong to no partition: they are looked through once.
    const texts = partition === 0 ? (law.auditBytes ?? []) : []
    const auditBytes = [...collected.auditBytes, ...texts]
    parts.push(judge({ ...law, callers }, heldFrom, { topics, auditBytes }))
  }
  return together(parts.map(({ verdicts }) => verdicts)).map((verdict) => {
    const beyond = parts.reduce((sum, part) => sum + (part.beyond[verdict.id] ?? 0), 0)
    const holds = verdict.holds || (verdict.breaches.length === 0 && beyond > 0)
    return { ...verdict, holds, beyond }
  })
}

/** What all calls are judged by. */
type Law = Pick<
  Evidence,
  'windowMs' | 'windowOf' | 'maxClockSkewMs' | 'replay' | 'governing' | 'auditBytes'
>

async function readLaw(source: VerifySource, maxClockSkewMs: number): Promise<Law> {
  const { policyTexts, auditBytes } = await collectPolicies(source)
  const policies = policiesOf(policyTexts)
  const newest = [...policies.values()].at(-1)
  const nameIn = (text: string): string | null => {
    const opened = openText(text, hash(text))
    return opened.ok ? opened.policy.name : null
  }
  return {
    auditBytes,
    windowMs: newest?.windowMs ?? 0,
    windowOf: (version) => policies.get(version)?.windowMs ?? null,
    maxClockSkewMs,
    replay: (decision) =>
      replay(decision, { policyOf: (version) => policies.get(version) ?? null, hash }),
    governing: governingOf(await collectPublications(source), { hash, nameIn }),
  }
}

interface Judged {
  readonly verdicts: readonly PromiseVerdict[]
  readonly beyond: { readonly [Id in PromiseId]?: number }
}

function judge(
  law: Law & { readonly callers: ReadonlySet<string> },
  heldFrom: HeldFrom,
  { topics, auditBytes }: CollectedCalls,
): Judged {
  const evidence = { ...law, topics, heldFrom, auditBytes }
  return { verdicts: verify(evidence, FROM_TOPICS), beyond: beyondOf(topics, heldFrom) }
}

async function heldFromIn(offsets: LogOffsets): Promise<HeldFrom> {
  const [arrived, routed] = await Promise.all([
    offsets.starts('call.arrived'),
    offsets.starts('call.routed'),
  ])
  const starts = { 'call.arrived': arrived, 'call.routed': routed }
  return (topic, partition) => starts[topic][partition] ?? 0
}

/** How many decisions of the audit each promise can say nothing of any more. */
function beyondOf({ decisions }: Topics, heldFrom: HeldFrom): { [Id in PromiseId]?: number } {
  const values = decisions.flatMap(({ value }) => (value === null ? [] : [value]))
  const gone = (
    topic: Parameters<HeldFrom>[0],
    at: (one: DecisionAudited) => Coordinates,
  ): number => values.filter((one) => at(one).offset < heldFrom(topic, at(one).partition)).length
  const arrivals = gone('call.arrived', ({ arrivalAt }) => arrivalAt)
  const routes = gone('call.routed', ({ routedAt }) => routedAt)
  return { I1: arrivals, I2: routes, I3: arrivals, I4: arrivals, I6: arrivals, I8: arrivals }
}

type Coordinates = DecisionAudited['routedAt']

/** What is told of a call comes after it: lookups for H/2, what is made from them for H. */
async function stopsAfter(offsets: LogOffsets, toMs: number): Promise<Stops> {
  const after: readonly (readonly [TopicName, number])[] = [
    ['call.arrived', 0],
    ['call.lookup', HORIZON_MS / 2],
    ['call.routed', HORIZON_MS],
    ['audit.decision', HORIZON_MS],
    ['audit.fallback', HORIZON_MS],
    ['audit.late', HORIZON_MS],
  ]
  const stops = after.map(
    async ([topic, afterMs]) => [topic, await offsets.at(topic, toMs + afterMs)] as const,
  )
  return new Map(await Promise.all(stops))
}

/** A range begins and ends in the middle of calls: what belongs to other arrivals is left out. */
function within(topics: Topics, { fromMs, toMs }: VerifyRange): Topics {
  const holds = (timeMs: number): boolean =>
    timeMs >= (fromMs ?? -Infinity) && timeMs < (toMs ?? Infinity)
  const ofRange = <T extends { readonly arrivedAt: number }>(one: Stored<T>): boolean =>
    holds(one.value?.arrivedAt ?? one.appendedAt)
  return {
    ...topics,
    arrived: topics.arrived.filter((one) => holds(one.appendedAt)),
    // The dead letter of one that can't be read may lie behind the range.
    lookups: topics.lookups.filter((one) => one.value !== null || holds(one.appendedAt)),
    routed: topics.routed.filter(ofRange),
    decisions: topics.decisions.filter(ofRange),
    fallbacks: topics.fallbacks.filter(ofRange),
    late: topics.late.filter(ofRange),
  }
}

/**
 * The policies whose texts are stored, by version, the last published last. A text that is not what its
 * version names, and one of an older program that this one can't load, is none: what was decided by it
 * is then told, and the rest is judged.
 */
function policiesOf(policyTexts: ReadonlyMap<string, string>): ReadonlyMap<string, Policy> {
  const policies = new Map<string, Policy>()
  for (const [version, text] of policyTexts) {
    const opened = hash(text) === version ? openText(text, version) : null
    if (opened?.ok) policies.set(version, opened.policy)
  }
  return policies
}
