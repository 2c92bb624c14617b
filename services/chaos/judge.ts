/** After the calls: collects the evidence, has the promises checked, and makes the result of a run. */
import { readFileSync } from 'node:fs'
import { replay } from '../audit/replay.ts'
import { collectEvidence, type CollectedEvidence } from '../audit/verify/collect.ts'
import type { Breach, Evidence, Outage, PromiseId } from '../audit/verify/evidence.ts'
import { verify, type PromiseVerdict } from '../audit/verify/verify.ts'
import { policiesFrom, readablesOf, secretsOf } from '../local/evidence.ts'
import { faultIntervals, parseTruth } from '../local/faults-done.ts'
import { hash } from '../platform/hash.ts'
import { BOUNDS, boundOf } from './bounds.ts'
import type { Ground } from './ground.ts'
import type { LagSample } from './lag.ts'
import { lateUnexcused } from './late.ts'
import { livesOf, measure, type Life, type Measures } from './measure.ts'
import { outagesOf } from './outages.ts'
import type { BoundResult, PromiseResult, RunResult, Strike } from './result.ts'
import type { Scenario, Told } from './scenario.ts'
import { storiesOf } from './stories.ts'
import type { TruthLine } from './truth.ts'
import type { World } from './world.ts'

export interface Run {
  readonly scenario: Scenario
  readonly startedAt: number
  readonly healedAt: number
  readonly endedAt: number
  readonly lag: readonly LagSample[]
  /** Why the scenario could not be played to its end; null when it was. */
  readonly brokenOff: string | null
}

/** A strike counts when it met so many undecided calls (faults.md). */
const IN_FLIGHT_MIN = 50
const BREACHES_TOLD = 5

const strikesOf = (truth: readonly TruthLine[]): readonly Strike[] =>
  truth.flatMap((line) =>
    line.kind === 'strike'
      ? [{ what: line.target, at: line.at, undecided: line.detail.undecided }]
      : [],
  )

/** From healing to the first look at which nothing was left unread; null when there was none. */
function catchUpOf({ lag, healedAt }: Run): number | null {
  const zero = lag.find(({ atMs, records }) => atMs >= healedAt && records === 0)
  return zero === undefined ? null : zero.atMs - healedAt
}

/** The limit on catching up: that of the scenario's own bound, or the one for all. */
function lagBoundMs({ bounds }: Scenario): number {
  const own = bounds.map(boundOf).find((one) => one?.measure === 'catch-up')
  return own?.limit ?? BOUNDS.lagToZeroMs.limit
}

function boundResults(
  { bounds }: Scenario,
  truth: readonly TruthLine[],
  measures: Measures,
  catchUpMs: number | null,
): readonly BoundResult[] {
  const measured = new Map(
    truth.flatMap((line) =>
      line.kind === 'measured' ? [[line.target, line.detail.value] as const] : [],
    ),
  )
  return bounds.map((name): BoundResult => {
    const bound = boundOf(name)
    if (bound === null) return { name, limit: null, value: null, holds: false }
    const values = {
      takeover: measures.takeoverMs,
      'catch-up': catchUpMs,
      outage: measures.outageMs,
      own: measured.get(name) ?? null,
    }
    const value = values[bound.measure]
    return { name, limit: bound.limit, value, holds: value !== null && value <= bound.limit }
  })
}

/** Each record published as poison has its dead letter, and nothing else that was published raw has one. */
function rawBreaches({ calls }: World, { topics }: CollectedEvidence): readonly Breach[] {
  const letters = new Set(
    topics.deadLetters.map(({ topic, partition, offset }) => `${topic} ${partition}/${offset}`),
  )
  return calls.raws.flatMap(({ record, partition, offset, isPoison }): Breach[] => {
    const place = `${record.topic} ${partition}/${offset}`
    if (letters.has(place) === isPoison) return []
    return [
      {
        what: isPoison
          ? `the poison ${place} has no dead letter`
          : `${place} was no poison and has a dead letter`,
      },
    ]
  })
}

/** What the scenario said must be told of its faults, and no audited reason tells. */
function untold({ tells = [] }: Scenario, { topics }: CollectedEvidence): readonly Breach[] {
  const told = topics.fallbacks.flatMap(({ value }) => value ?? [])
  const isTold = (wanted: Told): boolean =>
    told.some(
      ({ dependency, reason, cause }) =>
        dependency === wanted.dependency &&
        reason === (wanted.reason ?? reason) &&
        cause === (wanted.cause ?? cause),
    )
  return tells
    .filter((wanted) => !isTold(wanted))
    .map(({ dependency, reason = 'any reason', cause = 'any cause' }) => ({
      what: `audit.fallback tells nowhere of ${dependency}: ${reason}, ${cause}`,
    }))
}

/**
 * The checker excuses every call that an outage touched. Here the outage must hold the moment at which
 * the call was due; those that both would tell of are told once.
 */
function lateBreaches(
  { settings }: World,
  lives: readonly Life[],
  outages: readonly Outage[],
): readonly Breach[] {
  const { MAX_CLOCK_SKEW_MS: skewMs } = settings
  const touched = ({ arrivedAt, decidedAt }: Life): boolean =>
    outages.some(({ fromMs, toMs }) => fromMs <= decidedAt && arrivedAt <= toMs)
  return lateUnexcused(lives, outages, skewMs)
    .filter(touched)
    .map(({ callId, name, decidedAt, decideBy }) => ({
      callId,
      what: `${name} was decided ${decidedAt - decideBy} ms after decideBy, which lay in no outage`,
    }))
}

/** Breaches that the topics alone do not show, by the promise they break. */
type Extra = Readonly<Partial<Record<PromiseId, readonly Breach[]>>>

function withExtra(verdict: PromiseVerdict, extra: Extra): PromiseVerdict {
  const more = extra[verdict.id] ?? []
  if (more.length === 0) return verdict
  return { ...verdict, holds: false, breaches: [...verdict.breaches, ...more] }
}

async function evidenceOf(
  ground: Ground,
  world: World,
  run: Run,
  collected: CollectedEvidence,
): Promise<Evidence> {
  const { calls, crew, policy, settings, truth } = world
  const systems = parseTruth(readFileSync(ground.systemsTruthFile, 'utf8'))
  const policyOf = policiesFrom(collected.policyTexts)
  return {
    topics: collected.topics,
    windowMs: policy.windowMs,
    staleAfterMsOf: (dependency) =>
      policy.dependencies.find(({ name }) => name === dependency)?.staleAfterMs ?? null,
    maxClockSkewMs: settings.MAX_CLOCK_SKEW_MS,
    acked: calls.acked(),
    delivered: calls.delivered,
    faults: faultIntervals(systems, run.endedAt),
    outages: outagesOf(truth.lines, {
      brokers: ground.cluster.nodes.length,
      publishMarginMs: policy.margins.publishMs,
      endedAt: run.endedAt,
    }),
    lag: { samples: run.lag, healedAtMs: run.healedAt, boundMs: lagBoundMs(run.scenario) },
    readables: await readablesOf(crew.members.map(({ program }) => program)),
    auditBytes: collected.auditBytes,
    secrets: secretsOf(ground.seed),
    replay: (decision) => replay(decision, { policyOf, hash }),
  }
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
  const { scenario, startedAt, endedAt, healedAt, brokenOff } = run
  const { client, codec } = world.connection
  const collected = await collectEvidence({ reader: client.reader, codec })
  const evidence = await evidenceOf(ground, world, run, collected)
  const { topics } = collected
  const lives = livesOf(topics, world.policy.windowMs)
  const extra = {
    I4: lateBreaches(world, lives, evidence.outages ?? []),
    I5: untold(scenario, collected),
    I8: rawBreaches(world, collected),
  }
  const ids: readonly PromiseId[] | undefined = scenario.promises
  const verdicts = verify(evidence, ids).map((one) => withExtra(one, extra))
  const measures = measure(topics, world.truth.lines, lives)
  const catchUpMs = catchUpOf(run)
  const bounds = boundResults(scenario, world.truth.lines, measures, catchUpMs)
  const strikes = strikesOf(world.truth.lines)
  const inFlight = strikes.reduce((most, { undecided }) => Math.max(most, undecided), 0)
  const held = verdicts.every(({ holds }) => holds) && bounds.every(({ holds }) => holds)
  const { id, row, title, expected } = scenario
  return {
    id,
    row,
    title,
    expected,
    seed: ground.seed,
    brokers: ground.cluster.nodes.length,
    startedAt: new Date(startedAt).toISOString(),
    tookMs: endedAt - startedAt,
    healedAfterMs: healedAt - startedAt,
    verdict: brokenOff !== null || !held ? 'FAIL' : inFlight < IN_FLIGHT_MIN ? 'INVALID' : 'PASS',
    brokenOff,
    calls: world.calls.log().published.length,
    strikes,
    inFlight,
    ...measures,
    catchUpMs,
    outages: (evidence.outages ?? []).map(({ fromMs, toMs }) => ({
      fromMs: fromMs - startedAt,
      toMs: toMs - startedAt,
    })),
    promises: verdicts.map(promiseResult),
    bounds,
    stories: storiesOf(collected.topics, verdicts),
  }
}
