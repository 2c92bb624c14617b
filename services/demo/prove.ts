/** After the calls: collects the evidence, has the promises checked, and makes the report. */
import { readFileSync } from 'node:fs'
import type { SwitchLog } from '../../infra/switch/switch.ts'
import type { LookupArrivedLate } from '../../schemas/records.ts'
import { replay } from '../audit/replay.ts'
import { collectEvidence, type CollectedEvidence } from '../audit/verify/collect.ts'
import type { Delivered, Evidence, PromiseId } from '../audit/verify/evidence.ts'
import { verify } from '../audit/verify/verify.ts'
import { policiesFrom, readablesOf, secretsOf } from '../local/evidence.ts'
import { faultIntervals, parseTruth, requestsStruck } from '../local/faults-done.ts'
import { hash } from '../platform/hash.ts'
import type { Policy } from '../policy/policy.ts'
import type { DemoOptions } from './options.ts'
import {
  countBy,
  latencyOf,
  missedFaults,
  phaseTable,
  targetsOf,
  troubleTable,
  type Decided,
  type Report,
} from './report.ts'
import { tellStories, type StoryTold, type ToldCall } from './story.ts'
import type { Moment } from './timeline.ts'
import type { World } from './world.ts'

/** The promises a demo can check: it makes no outage of brokers, so lag (I9) is not among them. */
const CHECKED: readonly PromiseId[] = ['I1', 'I2', 'I3', 'I4', 'I5', 'I6', 'I7', 'I8', 'I10']

export interface Run {
  readonly options: DemoOptions
  readonly policy: Policy
  readonly moments: readonly Moment[]
  /** Unix time at which the first call was sent, milliseconds. */
  readonly startedAt: number
  readonly endedAt: number
  readonly switchLog: SwitchLog
  readonly delivered: readonly Delivered[]
}

function toldCalls({ topics }: CollectedEvidence, run: Run): readonly ToldCall[] {
  const late = Map.groupBy(
    topics.late.flatMap(({ value }): LookupArrivedLate[] => (value === null ? [] : [value])),
    ({ decisionId }) => decisionId,
  )
  const phaseOf = (arrivedAt: number): string =>
    run.moments.findLast(({ fromMs }) => run.startedAt + fromMs <= arrivedAt)?.phase.id ?? ''
  return topics.decisions
    .flatMap(({ value }) => (value === null ? [] : [value]))
    .toSorted((a, b) => a.arrivedAt - b.arrivedAt)
    .map((decision) => ({
      decision,
      late: late.get(decision.decisionId) ?? [],
      phaseId: phaseOf(decision.arrivedAt),
    }))
}

/** The decisions the ACD acted on, with their append times; first come, first served per request. */
function decidedCalls({ topics }: CollectedEvidence, delivered: readonly Delivered[]): Decided[] {
  const acted = new Set(delivered.map(({ decisionId }) => decisionId))
  const seen = new Set<string>()
  return topics.routed.flatMap(({ value, appendedAt }) => {
    if (value === null || !acted.has(value.decisionId) || seen.has(value.decisionId)) return []
    seen.add(value.decisionId)
    return [{ decision: value, appendedAt }]
  })
}

/** Reads everything back from the topics and judges it. Takes a few seconds for some thousand calls. */
export async function prove(world: World, run: Run): Promise<Report> {
  const { client, codec, settings } = world
  const { options, moments, startedAt, endedAt, switchLog, delivered, policy } = run
  const collected = await collectEvidence({ reader: client.reader, codec })
  const truth = parseTruth(readFileSync(world.truthFile, 'utf8'))
  const policyOf = policiesFrom(collected.policyTexts)
  const stories = tellStories(toldCalls(collected, run))
  const evidence: Evidence = {
    topics: collected.topics,
    windowMs: policy.windowMs,
    staleAfterMsOf: (dependency) =>
      policy.dependencies.find(({ name }) => name === dependency)?.staleAfterMs ?? null,
    maxClockSkewMs: settings.MAX_CLOCK_SKEW_MS,
    acked: switchLog.published,
    delivered,
    faults: faultIntervals(truth, endedAt),
    readables: [
      ...(await readablesOf(world.programs)),
      { source: 'report', text: textOf(stories) },
    ],
    auditBytes: collected.auditBytes,
    secrets: secretsOf(options.seed),
    replay: (decision) => replay(decision, { policyOf, hash }),
  }
  const late = collected.topics.late.flatMap(({ value }) => value ?? [])
  const notNeeded = late.filter(({ settledAs }) => settledAs === 'NOT_NEEDED')
  const verdicts = verify(evidence, CHECKED)
  const calls = decidedCalls(collected, delivered)
  const phases = phaseTable(calls, moments, startedAt)
  const latency = latencyOf(calls)
  const invalid = missedFaults(phases)
  return {
    run: {
      seed: options.seed,
      calls: options.calls,
      ratePerS: options.ratePerS,
      durationMs: options.durationMs,
      kafka: world.kafka,
      policy: `${policy.name}@${policy.version}`,
      startedAt: new Date(startedAt).toISOString(),
    },
    counts: {
      'arrivals sent, repeats included': switchLog.published.length,
      'requests decided': calls.length,
      'heard in time': switchLog.heard(),
      'default route of the switch': switchLog.defaulted.length,
      'not acknowledged': switchLog.unacknowledged.length,
      'answers too late': late.length - notNeeded.length,
      'answers not needed any more': notNeeded.length,
      'dead letters': collected.topics.deadLetters.length,
    },
    triggers: countBy(calls, ({ decision }) => decision.trigger),
    routes: countBy(calls, ({ decision }) => decision.target.id),
    requestsStruck: requestsStruck(truth),
    phases,
    table: troubleTable(calls),
    latency,
    targets: targetsOf(latency, phases),
    stories,
    verdicts,
    invalid,
    passed: invalid.length === 0 && verdicts.every(({ holds }) => holds),
  }
}

const textOf = (stories: readonly StoryTold[]): string =>
  stories.flatMap(({ title, moral, lines }) => [title, moral, ...lines]).join('\n')
