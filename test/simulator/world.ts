/**
 * Runs one planned world to its end and gathers the evidence: a switch writes the arrivals, the real
 * services route and audit them while the plan's faults strike, an ACD follows, and when all has healed
 * and nothing moves any more the topics are handed to the independent checker.
 */
import type { AckedArrival, FaultInterval, Outage } from '../../services/audit/verify/evidence.ts'
import { memoryBroker, type MemoryBroker } from '../../services/platform/memory/broker.ts'
import { memoryClient } from '../../services/platform/memory/client.ts'
import { memoryProcess } from '../../services/platform/memory/process.ts'
import { virtualTime, type VirtualTime } from '../../services/platform/memory/virtual-time.ts'
import { TOPIC_NAMES } from '../../services/topology.ts'
import { simulatedAcd } from './acd.ts'
import { attendance, type Attendance } from './attendance.ts'
import { cast, type Cast } from './cast.ts'
import { fullCodec, processCodec, type Registry } from './codecs.ts'
import { dice, type Dice } from './dice.ts'
import { armedCrashes, type ArmedCrashes } from './crashes.ts'
import { faultDirector } from './faults.ts'
import { DEPENDENCIES, type Dependency } from './dependencies.ts'
import type { Mode, Plan, Service } from './plan.ts'
import { hostOf } from './hosting.ts'
import { groupOf, serviceStarter, silent } from './services.ts'
import { storm, type StormCounts, type Troubles } from './storm.ts'
import { runOperator } from './operator.ts'
import { runSwitch } from './switch.ts'

export interface Moment {
  readonly atMs: number
  readonly what: string
}

/** What really happened, apart from what stands in the topics. */
export interface Run {
  readonly plan: Plan
  readonly broker: MemoryBroker
  readonly startMs: number
  readonly endMs: number
  readonly acked: readonly AckedArrival[]
  readonly delivered: ReturnType<typeof simulatedAcd>
  /** What was done to dependencies. */
  readonly dependencyFaults: readonly FaultInterval[]
  /** When their enrichers were not at work. */
  readonly idleEnrichers: readonly Idle[]
  readonly attendance: { readonly router: Attendance; readonly backup: Attendance }
  readonly enricherAttendance: ReadonlyMap<Dependency, Attendance>
  /** Stretches of broken brokers. */
  readonly brokerFaults: readonly Outage[]
  /** Stretches in which the registry did not answer. */
  readonly registryFaults: readonly Outage[]
  /** Groups that lost their committed offsets. */
  readonly forgotten: ReadonlySet<string>
  readonly log: readonly Moment[]
  /** Services that threw or hung. */
  readonly failures: readonly string[]
  readonly struck: Struck
  readonly storm: StormCounts
  /** False when the world was still moving when its time was over. */
  readonly quiet: boolean
}

type Idle = Outage & { readonly dependency: Dependency }

/** How many faults hit something in flight, by kind. */
export type Struck = Map<string, number>

/** Everything the parts of one world share. */
export interface World {
  readonly plan: Plan
  readonly time: VirtualTime
  readonly startMs: number
  readonly broker: MemoryBroker
  readonly cast: Cast
  readonly troubles: Troubles
  readonly registry: Registry
  readonly crashes: ArmedCrashes
  readonly modes: Map<Dependency, Mode>
  readonly dependencyFaults: FaultInterval[]
  readonly brokerFaults: Outage[]
  readonly registryFaults: Outage[]
  readonly forgotten: Set<string>
  readonly failures: string[]
  readonly struck: Struck
  readonly dice: (part: string) => Dice
  note(what: string): void
}

/**
 * A Tuesday; the seed chooses the hour, which strikes while calls come: some worlds meet closed offices,
 * and some an office that opens or closes.
 */
const TUESDAY_MS = Date.UTC(2026, 10, 17) - 7000
const HOUR_MS = 3_600_000
/** Services are up for so long before the first call. */
const WARM_UP_MS = 5000
const LOOK_EVERY_MS = 100

export async function runWorld(plan: Plan): Promise<Run> {
  const { seed } = plan
  const time = virtualTime(TUESDAY_MS + (seed % 24) * HOUR_MS)
  const { partitions, brokers, limits } = plan
  const valueBytesMax = limits?.recordBytesMax ?? Infinity
  const broker = memoryBroker(time, { partitions, brokers, valueBytesMax })
  plan.skewsMs.forEach((skewMs, leader) => broker.skew(leader, skewMs))
  const log: Moment[] = []
  const failures: string[] = []
  const troubles: Troubles = new Map()
  const counts: StormCounts = { lostAcknowledgements: 0, refusedRequests: 0 }
  const registry: Registry = { down: false }
  const modes = new Map<Dependency, Mode>()
  const startMs = time.nowMs() + WARM_UP_MS

  const crashes = armedCrashes()
  const diceOf = (part: string): Dice => dice(seed, part)
  const weather = (name: string) =>
    storm(plan, diceOf(`weather ${name}`), troubles, counts, () => time.nowMs())
  const start = serviceStarter({
    modeOf: (dependency) => modes.get(dependency) ?? 'healthy',
    nowMs: () => Math.floor(time.nowMs()),
    logger: silent,
    plan,
    crashPoint: (name, point) => crashes.reached(name, point),
  })
  const troupe = cast({
    broker,
    weather,
    codec: (process) => processCodec(process, registry),
    dice: diceOf,
    start,
    failed: (what) => failures.push(what),
  })
  const world: World = {
    plan,
    time,
    startMs,
    broker,
    cast: troupe,
    troubles,
    registry,
    crashes,
    modes,
    dependencyFaults: [],
    brokerFaults: [],
    registryFaults: [],
    forgotten: new Set(),
    failures,
    struck: new Map(),
    dice: diceOf,
    note: (what) => void log.push({ atMs: time.nowMs() - startMs, what }),
  }
  const outsider = (name: string) => memoryClient(broker, memoryProcess(time), weather(name), name)
  const delivered = simulatedAcd(outsider('acd'), fullCodec)

  employ(world)
  const watch = watchGroups(world)
  const acked = runSwitch(world, outsider('switch'))
  runOperator(world, outsider('operator'))
  const director = faultDirector(world)
  await time.runUntil(startMs + plan.endMs)
  director.heal()
  const quiet = await calmDown(world, watch.allServed)
  return {
    plan,
    broker,
    startMs,
    endMs: time.nowMs(),
    acked,
    delivered,
    dependencyFaults: world.dependencyFaults,
    idleEnrichers: watch.idleEnrichers(),
    attendance: { router: watch.routers, backup: watch.backups },
    enricherAttendance: watch.enrichers,
    brokerFaults: world.brokerFaults,
    registryFaults: world.registryFaults,
    forgotten: world.forgotten,
    log,
    failures,
    struck: world.struck,
    storm: counts,
    quiet,
  }
}

/** Starts everybody; backups of some worlds come later, as a group that nobody knows. */
function employ({ plan, time, startMs, cast: troupe }: World): void {
  const add = (service: Service, count: number): void => {
    for (let index = 0; index < count; index += 1) troupe.add(service)
  }
  add('router', plan.routers)
  const enrichers = DEPENDENCIES.map((dependency) => hostOf(plan, `enricher ${dependency}`))
  for (const service of new Set(enrichers)) add(service, plan.enrichers)
  if (plan.backupsAtMs === 0) add('backup', plan.backups)
  else time.at(startMs + plan.backupsAtMs, () => add('backup', plan.backups))
}

/** Looks regularly at who serves what. */
function watchGroups({ broker, time, plan, cast: troupe }: World) {
  const runs = (memberId: string): boolean => {
    const name = memberId.slice(0, memberId.lastIndexOf('-'))
    const slot = troupe.slots.find((each) => each.name === name)
    return slot?.process?.state() === 'running'
  }
  const served: readonly Parameters<typeof groupOf>[0][] = [
    'router',
    'auditor',
    ...(plan.backups > 0 ? (['backup'] as const) : []),
    ...DEPENDENCIES.map((dependency) => `enricher ${dependency}` as const),
  ]
  const watching = (service: Service): Attendance =>
    attendance(broker, groupOf(service), plan.partitions, runs)
  const routers = watching('router')
  const backups = watching('backup')
  const enrichers = new Map(
    DEPENDENCIES.map((dependency) => [dependency, watching(`enricher ${dependency}`)]),
  )
  const look = (): void => {
    routers.look()
    if (plan.backups > 0) backups.look()
    for (const seen of enrichers.values()) seen.look()
    time.after(LOOK_EVERY_MS, look)
  }
  look()
  return {
    routers,
    backups,
    enrichers,
    /** No partition waits for the session of somebody who died to end. */
    allServed: (): boolean =>
      served.every((service) => {
        const group = broker.group(groupOf(service))
        return Array.from({ length: plan.partitions }, (_, at) => group.owner(at)).every(
          (owner) => owner !== null && runs(owner),
        )
      }),
    /** What a caller sees of a dependency nobody asks is that it hangs. */
    idleEnrichers: (): Idle[] =>
      [...enrichers].flatMap(([dependency, seen]) =>
        Array.from({ length: plan.partitions }, (_, partition) => seen.outages(partition))
          .flat()
          .map((outage) => ({ dependency, ...outage })),
      ),
  }
}

const QUIET_MS = 7000
const CALM_DOWN_MS_MAX = 90_000
const POLL_MS = 500

/** Runs on until nothing was written for a while and everybody is at work; false when that never came. */
async function calmDown({ time, broker }: World, allServed: () => boolean): Promise<boolean> {
  const written = (): number =>
    TOPIC_NAMES.filter((topic) => topic !== 'ops.clock').reduce(
      (sum, topic) => sum + broker.records(topic).length,
      0,
    )
  const until = time.nowMs() + CALM_DOWN_MS_MAX
  let count = written()
  let since = time.nowMs()
  while (time.nowMs() < until) {
    await time.runUntil(time.nowMs() + POLL_MS)
    const now = written()
    if (now !== count || !allServed()) {
      count = now
      since = time.nowMs()
    } else if (time.nowMs() - since >= QUIET_MS) {
      return true
    }
  }
  return false
}
