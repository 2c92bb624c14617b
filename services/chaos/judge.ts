/**
 * After the calls: collects the evidence, has the promises checked, and makes the result of a run. A long
 * run is judged partition by partition, because a call never leaves its own: what must be held in memory
 * is then a share of it.
 */
import { readFileSync } from 'node:fs'
import { DEPENDENCIES } from '../../infra/stubs/faults.ts'
import type { TruthLine as SystemsLine } from '../../infra/stubs/ground-truth.ts'
import { replay } from '../audit/replay.ts'
import { catchUpOf, type LagSample } from '../audit/verify/catch-up.ts'
import { collectCallers, collectEvidence, type CollectedEvidence } from '../audit/verify/collect.ts'
import type { Evidence, FaultInterval, Outage, Readable } from '../audit/verify/evidence.ts'
import { verify, type PromiseVerdict } from '../audit/verify/verify.ts'
import { policiesFrom, readablesOf, secretsOf } from '../local/evidence.ts'
import { faultIntervals, parseTruth } from '../local/faults-done.ts'
import { hash } from '../platform/hash.ts'
import { boundResults, lagBoundMs, onTheWay } from './bounds-held.ts'
import { crowdsAfter } from './crowds.ts'
import { lateBreaches, rawBreaches, untold, untoldBreaches, withExtra } from './extra.ts'
import type { Ground } from './ground.ts'
import { livesOf, measure } from './measure.ts'
import { outagesOf, unreadStretches } from './outages.ts'
import type { PromiseResult, RunResult, Strike } from './result.ts'
import type { Scenario } from './scenario.ts'
import { readerOf, type Slice, together } from './slices.ts'
import { storiesOf } from './stories.ts'
import type { TruthLine } from './truth.ts'
import { unattended } from './unattended.ts'
import type { World } from './world.ts'

export interface Run {
  readonly scenario: Scenario
  readonly startedAt: number
  readonly healedAt: number
  readonly endedAt: number
  readonly lag: readonly LagSample[]
  /** Why the scenario could not be played to its end; null when it was. */
  readonly brokenOff: string | null
  readonly stolen: RunResult['stolen']
}

/** Each strike has to meet so many undecided calls (faults.md). */
const IN_FLIGHT_MIN = 50
const BREACHES_TOLD = 5
/** More calls than that are judged partition by partition. */
const CALLS_AT_ONCE_MAX = 15_000

const WHOLE = { from: 'start', stops: new Map() } as const

/** What is the same for every slice. */
interface Case {
  readonly ground: Ground
  readonly world: World
  readonly run: Run
  readonly outages: readonly Outage[]
  readonly crowds: readonly FaultInterval[]
  readonly systems: readonly SystemsLine[]
  readonly readables: readonly Readable[]
}

/** One partition, and the numbers of all callers: one that leaks may stand in a record of any. */
interface Part {
  readonly partition: number
  readonly callers: ReadonlySet<string>
}

const strikesOf = (truth: readonly TruthLine[]): readonly Strike[] =>
  truth.flatMap((line) =>
    line.kind === 'strike'
      ? [{ what: line.target, at: line.at, undecided: line.detail.undecided }]
      : [],
  )

/** Services that ended of themselves, but for those that a scenario gave a point to crash at. */
const diedOf = ({ environment = {} }: Scenario, truth: readonly TruthLine[]): readonly string[] =>
  truth.flatMap((line) => {
    if (line.kind !== 'service' || line.detail.what !== 'died') return []
    return environment[line.detail.role]?.['CRASH_POINT'] === undefined ? [line.target] : []
  })

const lagOf = (
  { scenario, lag, healedAt }: Run,
  { policy }: World,
): NonNullable<Evidence['lag']> => ({
  samples: lag,
  healedAtMs: healedAt,
  onTheWay: onTheWay(scenario, policy),
  boundMs: lagBoundMs(scenario),
})

function evidenceOf(
  { ground, world, run, outages, crowds, systems, readables }: Case,
  collected: CollectedEvidence,
  part: Part | null,
): Evidence {
  const { calls, policy, settings } = world
  const policyOf = policiesFrom(collected.policyTexts)
  const here = (one: { readonly partition: number }): boolean =>
    part === null || one.partition === part.partition
  // What is not of a partition is looked at once.
  const isFirst = part === null || part.partition === 0
  return {
    topics: collected.topics,
    windowMs: policy.windowMs,
    staleAfterMsOf: (dependency) =>
      policy.dependencies.find(({ name }) => name === dependency)?.staleAfterMs ?? null,
    maxClockSkewMs: settings.MAX_CLOCK_SKEW_MS,
    acked: calls.acked().filter(here),
    delivered: calls.delivered.filter(here),
    faults: [
      ...faultIntervals(systems, run.endedAt),
      ...unattended(world.truth.lines, run.endedAt),
      ...crowds,
    ],
    outages,
    ...(isFirst ? { lag: lagOf(run, world) } : {}),
    readables: isFirst ? readables : [],
    ...(part === null ? {} : { callers: part.callers }),
    auditBytes: collected.auditBytes,
    secrets: secretsOf(ground.seed),
    replay: (decision) => replay(decision, { policyOf, hash }),
  }
}

async function judgeSlice(given: Case, part: Part | null): Promise<Slice> {
  const { world, run, outages } = given
  const { client, codec } = world.connection
  const partition = part?.partition ?? null
  const collected = await collectEvidence({ reader: readerOf(client.reader, partition), codec })
  const { topics } = collected
  const lives = livesOf(topics, world.policy.windowMs)
  const raws = world.calls.raws.filter((one) => partition === null || one.partition === partition)
  const extra = {
    I4: lateBreaches(lives, outages, world.settings.MAX_CLOCK_SKEW_MS),
    I8: rawBreaches(raws, topics),
  }
  const evidence = evidenceOf(given, collected, part)
  const verdicts = verify(evidence, run.scenario.promises).map((one) => withExtra(one, extra))
  return {
    verdicts,
    untold: untold(run.scenario, topics),
    measures: measure(topics, world.truth.lines, lives),
    stories: storiesOf(topics, verdicts),
  }
}

/** One slice, or one after the other, so that only one is in memory. */
async function judgeAll(given: Case): Promise<Slice> {
  const { calls, settings, connection } = given.world
  if (calls.log().published.length <= CALLS_AT_ONCE_MAX) return judgeSlice(given, null)
  const source = { reader: connection.client.reader, codec: connection.codec }
  const callers = await collectCallers(source, settings.CALL_PARTITIONS, WHOLE)
  const slices: Slice[] = []
  for (let partition = 0; partition < settings.CALL_PARTITIONS; partition += 1) {
    slices.push(await judgeSlice(given, { partition, callers }))
  }
  return together(slices)
}

const promiseResult = ({ id, text, holds, checked, breaches }: PromiseVerdict): PromiseResult => ({
  id,
  text,
  holds,
  checked,
  breaches: breaches.length,
  told: breaches.slice(0, BREACHES_TOLD).map(({ what }) => what),
})

/** Reads everything back from the topics and judges it. */
export async function judge(ground: Ground, world: World, run: Run): Promise<RunResult> {
  const { scenario, startedAt, endedAt, healedAt, brokenOff, stolen } = run
  const truth = world.truth.lines
  const deployment = {
    brokers: ground.cluster.nodes.length,
    publishMarginMs: world.policy.margins.publishMs,
    endedAt,
  }
  const outages = outagesOf(truth, deployment)
  const crowds = DEPENDENCIES.flatMap((name) =>
    crowdsAfter(unreadStretches(truth, name, deployment), name, world.policy.windowMs),
  )
  const systems = parseTruth(readFileSync(ground.systemsTruthFile, 'utf8'))
  const readables = await readablesOf(world.crew.members.map(({ program }) => program))
  const slice = await judgeAll({ ground, world, run, outages, crowds, systems, readables })
  const { measures } = slice
  const untoldOnes = { I5: untoldBreaches(slice.untold) }
  const verdicts = slice.verdicts.map((one) => withExtra(one, untoldOnes))
  const { tookMs: catchUpMs } = catchUpOf(run.lag, healedAt, onTheWay(run.scenario, world.policy))
  const bounds = boundResults(scenario, truth, measures, catchUpMs)
  const strikes = strikesOf(truth)
  const inFlight = strikes.length === 0 ? 0 : Math.min(...strikes.map(({ undecided }) => undecided))
  const died = diedOf(scenario, truth)
  const held = verdicts.every(({ holds }) => holds) && bounds.every(({ holds }) => holds)
  const { id, row, title, expected } = scenario
  return {
    id,
    row,
    title,
    expected,
    limit: scenario.limit ?? null,
    seed: ground.seed,
    brokers: ground.cluster.nodes.length,
    startedAt: new Date(startedAt).toISOString(),
    tookMs: endedAt - startedAt,
    healedAfterMs: healedAt - startedAt,
    verdict:
      brokenOff !== null || died.length > 0 || !held
        ? 'FAIL'
        : inFlight < IN_FLIGHT_MIN
          ? 'INVALID'
          : 'PASS',
    brokenOff,
    stolen,
    died,
    calls: world.calls.log().published.length,
    strikes,
    inFlight,
    ...measures,
    catchUpMs,
    outages: outages
      .filter(({ toMs }) => toMs >= startedAt)
      .map(({ fromMs, toMs }) => ({
        fromMs: Math.max(0, fromMs - startedAt),
        toMs: Math.min(endedAt, toMs) - startedAt,
      })),
    promises: verdicts.map(promiseResult),
    bounds,
    stories: slice.stories,
  }
}
