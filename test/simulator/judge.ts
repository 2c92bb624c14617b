/**
 * Holds a run against the promises, by the independent checker and by judges of its own, and sums up
 * what it was put through. Which judge covers which rule of the design (§4, §5, §9):
 *
 *   §3 void records            I2 (checker), effective
 *   §4.1 one effective decision I1 I2 I3 I4 (checker), effective
 *   §4.2 as soon as certain    prompt; I7 (the recorded inputs give this route)
 *   §4.3 at the deadline       I4, patient
 *   §4.4 first settled counts  I6 (checker), used
 *   §4.5 repeats are harmless  I2 I5 with lost acknowledgements
 *   §4.6 recovery, gate        I1, gate, again, used, lag
 *   §4.7 zombies, stalls       again, used
 *   §4.8 overdue work          drained, I4 of the calls that are in time
 *   §4.9 bounded               room, lag; I5 I7 of reduced records
 *   §4.10 poison, registry     I8 (checker), readable, owner, I4
 *   §4.11 one slow broker      I4 outside the outages that were made
 *   §4 Lanes                   I4 (an outage is one of both lanes), patient, lane, drained
 *   §4 Auditor                 I2 I5 I6 I7 (checker), lag
 *   §4.4, §4.5 ids             steady (no second thoughts), ids (one meaning each)
 *   §5 asking                  asked (none lost, none settled after its budget), I5 (true causes),
 *                              needs, withheld, fresh, cache, wait, expired, override, breaker
 *   §6 which version governs    version, I4 (each version's window), I7
 *   §9 I9                      lag, quiet;  services that throw or hang: service
 */
import type { Evidence, Outage, PromiseId, Topics } from '../../services/audit/verify/evidence.ts'
import { verify } from '../../services/audit/verify/verify.ts'
import { replay } from '../../services/audit/replay.ts'
import { hash } from '../../services/platform/hash.ts'
import { both, type Circumstances, type Lapse } from './circumstances.ts'
import { fullCodec } from './codecs.ts'
import { topicsOf } from './evidence.ts'
import { DEPENDENCIES } from './dependencies.ts'
import {
  everyCallIsGovernedByItsVersion,
  everyDependencyAsked,
  nothingBeforeTheGate,
  nothingIsDecidedAgain,
  onlyTheUnreadableIsUnreadable,
  whatWasThereIsUsed,
} from './promises.ts'
import {
  deadLettersHaveOneOwner,
  everyCallHasAnEffectiveDecision,
  everythingIsCommitted,
} from './promises-of-the-end.ts'
import {
  anIdMeansOneThing,
  needsAreNoticed,
  nobodyChangesHisMind,
  overridesWin,
  recordsOpenNoCircuit,
  staleIsTold,
  theCacheStandsInOnly,
  theExpiredAreNotAsked,
  waitsAreToldFromTheArrival,
  withheldNumbersAreNotUsed,
} from './promises-of-records.ts'
import {
  backupsStandBack,
  decidedWhenCertain,
  nothingBeforeItsTime,
  overdueIsDrained,
  roomIsUsed,
} from './promises-of-time.ts'
import { policy, policyOf } from './policies.ts'
import { statisticsOf } from './statistics.ts'
import { circumstancesOf, inBrokerTime } from './surroundings.ts'
import type { Run } from './world.ts'

type WorldPromise =
  | 'asked'
  | 'used'
  | 'gate'
  | 'again'
  | 'readable'
  | 'owner'
  | 'patient'
  | 'prompt'
  | 'drained'
  | 'lane'
  | 'room'
  | 'version'
  | 'effective'
  | 'lag'
  | 'ids'
  | 'steady'
  | 'needs'
  | 'withheld'
  | 'fresh'
  | 'cache'
  | 'wait'
  | 'expired'
  | 'override'
  | 'breaker'
  | 'service'
  | 'quiet'

export interface Violation {
  readonly promise: PromiseId | WorldPromise
  readonly what: string
  readonly callId?: string | undefined
}

/** Counts that prove what a run was: how much was looked at, and what struck. */
export type Statistics = { readonly [name: string]: number }

export interface Judgement {
  readonly violations: readonly Violation[]
  readonly statistics: Statistics
  /** False when no fault hit a call in flight: such a run proves nothing. */
  readonly valid: boolean
  readonly topics: Topics
}

/** I4 is held against each partition's own outages, below. */
const AT_ONCE: readonly PromiseId[] = ['I1', 'I2', 'I3', 'I5', 'I6', 'I7', 'I8']

export function judge(run: Run): Judgement {
  const topics = topicsOf(run.broker, fullCodec)
  const evidence: Evidence = {
    topics,
    windowMs: policy.windowMs,
    windowOf: (version) => policyOf(version)?.windowMs ?? null,
    maxClockSkewMs: run.plan.maxClockSkewMs,
    acked: run.acked,
    delivered: run.delivered,
    faults: [...faultsOf(run), ...poisonOf(run, topics)],
    replay: (decision) => replay(decision, { policyOf, hash }),
  }
  const world = circumstancesOf(run, topics)
  const verdicts = [...verify(evidence, AT_ONCE), ...onTime(run, evidence, world)]
  const violations = verdicts.flatMap(({ id, breaches }) =>
    breaches
      .filter(({ what }) => !forWantOfRoom(run, what))
      .map(({ what, callId }): Violation => ({ promise: id, what, callId })),
  )
  violations.push(...furtherPromises(run, topics, world))
  for (const what of run.failures) violations.push({ promise: 'service', what })
  if (!run.quiet) violations.push({ promise: 'quiet', what: 'something still writes' })
  const struck = [...run.struck].filter(([name]) => !name.endsWith('in vain'))
  return {
    violations,
    statistics: statisticsOf(run, topics, (partition) => nobodyDecides(world, partition)),
    valid: struck.length > 0,
    topics,
  }
}

/**
 * What every dependency looked like to a caller: a broken broker makes it hang, and a silent registry
 * lets it be asked late, with little time left.
 */
function faultsOf(run: Run): NonNullable<Evidence['faults']> {
  const hidden = [...run.brokerFaults, ...run.registryFaults].flatMap((stretch) =>
    DEPENDENCIES.map((dependency) => ({ dependency, mode: 'hang', ...stretch, ...SOME })),
  )
  // Billing is asked with what CRM gives: late, when CRM is late, and then with little time left.
  const passedOn = run.dependencyFaults
    .filter(({ dependency }) => dependency === 'crm')
    .map((fault) => ({ ...fault, dependency: 'billing', mode: 'hang', ...SOME }))
  const idle = run.idleEnrichers.map((fault) => ({ ...fault, mode: 'hang', ...SOME }))
  const talkative = { dependency: 'crm', mode: 'hugeBody', fromMs: 0, toMs: Infinity, ...SOME }
  const limited = run.plan.limits === null ? [] : [talkative]
  const perhaps = run.dependencyFaults.map((fault) => ({ ...fault, ...SOME }))
  const done = [...perhaps, ...idle, ...hidden, ...passedOn, ...limited].map(inBrokerTime(run))
  // What surely lay within a fault by any broker's clock had no other answer.
  const surely = run.dependencyFaults.map((fault) => ({
    ...fault,
    fromMs: fault.fromMs + run.plan.maxClockSkewMs,
  }))
  return [...done, ...surely]
}

/** A fault that need not have struck each call. */
const SOME = { share: 0.5 } as const

/** §4.9: who has no room for early lookups drops some, and of those the first can not count. */
const forWantOfRoom = ({ plan }: Run, what: string): boolean =>
  plan.limits !== null && what.endsWith('that was not the first')

/** An arrival that can't be read is told as a bad response of call.arrived itself. */
function poisonOf({ plan }: Run, { arrived }: Topics): NonNullable<Evidence['faults']> {
  return arrived
    .filter(({ value, key }) => value === null || value.callId !== key)
    .map(({ appendedAt }) => ({
      dependency: 'call.arrived',
      mode: 'badJson',
      fromMs: appendedAt - plan.maxClockSkewMs,
      toMs: appendedAt,
    }))
}

function onTime(run: Run, evidence: Evidence, world: Circumstances) {
  return Array.from({ length: run.plan.partitions }, (_, partition) => {
    const here = <T extends { readonly partition: number }>(records: readonly T[]): T[] =>
      records.filter((record) => record.partition === partition)
    const { topics } = evidence
    const arrived = here(topics.arrived).map((one) => asKnown(world, one))
    const own = { ...topics, arrived, routed: here(topics.routed) }
    const outages = nobodyDecides(world, partition)
    return verify({ ...evidence, topics: own, outages }, ['I4'])
  }).flat()
}

/** An outage of the routers is one of both lanes at the same time. */
function nobodyDecides({ plan, laneOutages }: Circumstances, partition: number): readonly Outage[] {
  // A backup may not make room by deciding early: with little of it, it stops reading (§4.9).
  if (plan.limits !== null) return laneOutages('PRIMARY', partition)
  return both(laneOutages('PRIMARY', partition), laneOutages('BACKUP', partition))
}

/** Nobody knows a switch's own limit while the schema it is written in can't be had. */
function asKnown(
  { foreign, registryOutages, policyAt }: Circumstances,
  record: Topics['arrived'][number],
): Topics['arrived'][number] {
  const { value, appendedAt } = record
  if (value === null || !foreign.has(value.callId)) return record
  const decideBy = appendedAt + policyAt(appendedAt).windowMs
  const silent = registryOutages.some(
    ({ fromMs, toMs }) => fromMs <= decideBy && appendedAt <= toMs,
  )
  return silent ? { ...record, value: { ...value, decideWithinMs: null } } : record
}

function furtherPromises(run: Run, topics: Topics, world: Circumstances): Violation[] {
  const judges: readonly (readonly [WorldPromise, readonly Lapse[]])[] = [
    ['asked', everyDependencyAsked(world)],
    ['used', whatWasThereIsUsed(world)],
    ['gate', nothingBeforeTheGate(world)],
    ['again', nothingIsDecidedAgain(world)],
    ['readable', onlyTheUnreadableIsUnreadable(world)],
    ['owner', deadLettersHaveOneOwner(run)],
    ['patient', nothingBeforeItsTime(world)],
    ['prompt', decidedWhenCertain(world)],
    ['drained', overdueIsDrained(world)],
    ['lane', backupsStandBack(world)],
    ['room', roomIsUsed(world)],
    ['version', everyCallIsGovernedByItsVersion(world)],
    ['effective', everyCallHasAnEffectiveDecision(run, topics)],
    ['lag', everythingIsCommitted(run)],
    ['ids', anIdMeansOneThing(world)],
    ['steady', nobodyChangesHisMind(world)],
    ['needs', needsAreNoticed(world)],
    ['withheld', withheldNumbersAreNotUsed(world)],
    ['fresh', staleIsTold(world)],
    ['cache', theCacheStandsInOnly(world)],
    ['wait', waitsAreToldFromTheArrival(world)],
    ['override', overridesWin(world, run.startMs)],
    ['expired', theExpiredAreNotAsked(world)],
    ['breaker', recordsOpenNoCircuit(world, run.dependencyFaults.map(inBrokerTime(run)))],
  ]
  return judges.flatMap(([promise, lapses]) => lapses.map((lapse) => ({ promise, ...lapse })))
}
