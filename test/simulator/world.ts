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
import { simulatedAcd, type Reading } from './acd.ts'
import { attendance, type Attendance } from './attendance.ts'
import { cast, type Cast, type StartService } from './cast.ts'
import { fullCodec, processCodec, type Registry } from './codecs.ts'
import { dice, type Dice } from './dice.ts'
import { armedCrashes, type ArmedCrashes } from './crashes.ts'
import { faultDirector } from './faults.ts'
import { DEPENDENCIES, type Dependency, type Mode, type Plan } from './plan.ts'
import { enricherGroup, routerGroup, serviceStarter, silent } from './services.ts'
import { storm, type StormCounts, type Troubles } from './storm.ts'
import { runSwitch } from './switch.ts'

/** Things a test may bend, to see that the checks notice. */
export interface Bending {
  readonly acd?: Reading
  /** Wraps the services' start, to give them bent ports. */
  readonly start?: (start: StartService) => StartService
}

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
  /** What was done to dependencies, and when their enrichers were not at work. */
  readonly dependencyFaults: readonly FaultInterval[]
  readonly attendance: Attendance
  readonly enricherAttendance: ReadonlyMap<Dependency, Attendance>
  /** Stretches of broken brokers. */
  readonly brokerFaults: readonly Outage[]
  /** Stretches in which the registry did not answer. */
  readonly registryFaults: readonly Outage[]
  readonly log: readonly Moment[]
  /** Services that threw or hung. */
  readonly failures: readonly string[]
  readonly struck: Struck
  readonly storm: StormCounts
  /** False when the world was still moving when its time was over. */
  readonly quiet: boolean
}

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
  readonly failures: string[]
  readonly struck: Struck
  readonly dice: (part: string) => Dice
  note(what: string): void
}

/** A Tuesday; the seed chooses the hour, so that some worlds meet closed offices. */
const TUESDAY_MS = Date.UTC(2026, 10, 17)
const HOUR_MS = 3_600_000
/** Services are up for so long before the first call. */
const WARM_UP_MS = 5000
const LOOK_EVERY_MS = 100
/** How long a member may need after an assignment until it decides in time again. */
const SETTLE_MS = 1500

export async function runWorld(plan: Plan, bending: Bending = {}): Promise<Run> {
  const { seed } = plan
  const time = virtualTime(TUESDAY_MS + (seed % 24) * HOUR_MS)
  const broker = memoryBroker(time, plan)
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
  const weather = (name: string) => storm(plan, diceOf(`weather ${name}`), troubles, counts)
  const start = serviceStarter({
    modeOf: (dependency) => modes.get(dependency) ?? 'healthy',
    nowMs: () => Math.floor(time.nowMs()),
    logger: silent,
    partitions: plan.partitions,
    crashPoint: (name, point) => crashes.reached(name, point),
  })
  const troupe = cast({
    broker,
    weather,
    codec: (process) => processCodec(process, registry),
    dice: diceOf,
    start: bending.start?.(start) ?? start,
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
    failures,
    struck: new Map(),
    dice: diceOf,
    note: (what) => void log.push({ atMs: time.nowMs() - startMs, what }),
  }
  const outsider = (name: string) => memoryClient(broker, memoryProcess(time), weather(name), name)
  const delivered = simulatedAcd(outsider('acd'), fullCodec, bending.acd ?? 'first')

  for (let index = 0; index < plan.routers; index += 1) troupe.add('router')
  for (const dependency of DEPENDENCIES) {
    for (let index = 0; index < plan.enrichers; index += 1) troupe.add(`enricher ${dependency}`)
  }
  const watch = watchGroups(world)
  const acked = runSwitch(world, outsider('switch'))
  const director = faultDirector(world)
  await time.runUntil(startMs + plan.endMs)
  director.heal()
  const quiet = await calmDown(world)
  return {
    plan,
    broker,
    startMs,
    endMs: time.nowMs(),
    acked,
    delivered,
    dependencyFaults: [...world.dependencyFaults, ...watch.idleEnrichers()],
    attendance: watch.routers,
    enricherAttendance: watch.enrichers,
    brokerFaults: world.brokerFaults,
    registryFaults: world.registryFaults,
    log,
    failures,
    struck: world.struck,
    storm: counts,
    quiet,
  }
}

/** Looks regularly at who serves what. */
function watchGroups({ broker, time, plan, cast: troupe }: World) {
  const runs = (memberId: string): boolean => {
    const name = memberId.slice(0, memberId.lastIndexOf('-'))
    const slot = troupe.slots.find((each) => each.name === name)
    return slot?.process?.state() === 'running'
  }
  const watching = (groupId: string): Attendance =>
    attendance(broker, groupId, plan.partitions, SETTLE_MS, runs)
  const routers = watching(routerGroup)
  const enrichers = new Map(
    DEPENDENCIES.map((dependency) => [dependency, watching(enricherGroup(dependency))]),
  )
  const look = (): void => {
    routers.look()
    for (const seen of enrichers.values()) seen.look()
    time.after(LOOK_EVERY_MS, look)
  }
  look()
  return {
    routers,
    enrichers,
    /** What a caller sees of a dependency nobody asks is that it hangs. */
    idleEnrichers: (): FaultInterval[] =>
      [...enrichers].flatMap(([dependency, seen]) =>
        Array.from({ length: plan.partitions }, (_, partition) => seen.outages(partition))
          .flat()
          .map(({ fromMs, toMs }) => ({ dependency, mode: 'hang', fromMs, toMs })),
      ),
  }
}

const QUIET_MS = 7000
const CALM_DOWN_MS_MAX = 90_000
const POLL_MS = 500

/** Runs on until nothing was written for a while; false when that never came. */
async function calmDown({ time, broker }: World): Promise<boolean> {
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
    if (now !== count) {
      count = now
      since = time.nowMs()
    } else if (time.nowMs() - since >= QUIET_MS) {
      return true
    }
  }
  return false
}
