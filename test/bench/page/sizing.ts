/**
 * What a call costs, from measurements, and what a deployment of many machines needs by that. Pure; every
 * assumption that no measurement covers stands in ASSUMED, with its reason on the page.
 */
import type { Measured } from '../results.ts'
import { type Role, roleOf } from '../measure/roles.ts'
import { coresOf, cpuMsPerCall } from './across.ts'

export interface Line {
  readonly slope: number
  readonly intercept: number
}

/** Least squares; a single point gives a line through the origin. */
export function fit(points: readonly { readonly x: number; readonly y: number }[]): Line {
  const count = points.length
  const mean = (of: (point: { x: number; y: number }) => number): number =>
    points.reduce((sum, point) => sum + of(point), 0) / Math.max(1, count)
  const [x, y] = [mean((point) => point.x), mean((point) => point.y)]
  const spread = points.reduce((sum, point) => sum + (point.x - x) ** 2, 0)
  if (spread === 0) return { slope: x === 0 ? 0 : y / x, intercept: 0 }
  const slope = points.reduce((sum, point) => sum + (point.x - x) * (point.y - y), 0) / spread
  return { slope, intercept: y - slope * x }
}

/** What one call costs, and what stands still costs. */
export interface Costs {
  /** CPU ms a call of the router with its auditor; cores it takes when nothing comes. */
  readonly routerMs: number
  readonly routerIdle: number
  /** The same of the enrichers of all dependencies, which share a process. */
  readonly enricherMs: number
  readonly enricherIdle: number
  readonly brokerMs: number
  readonly brokerIdle: number
  /** All that a call cost the broker at the highest rate that was borne, ms: its cost grows slower than the rate. */
  readonly brokerAtMostMs: number
  readonly dependencies: number
  /** Bytes of a call as they lie in a log, by topic. */
  readonly bytes: Readonly<Record<string, number>>
}

/** Processes of one contender at several rates that it bore; null when there are too few to draw a line. */
export function costsOf(measured: readonly Measured[]): Costs | null {
  const borne = measured.filter(({ broken }) => broken.length === 0)
  if (new Set(borne.map(({ ratePerS }) => ratePerS)).size < 2) return null
  const lineOf = (role: Role): Line =>
    fit(
      borne.map((one) => {
        const seconds = (one.durationMs + one.catchUpMs) / 1000
        return { x: one.sent / seconds, y: coresOf(one, role) }
      }),
    )
  const enricher = lineOf('enricher')
  const decider = lineOf('decider')
  const broker = lineOf('broker')
  const groups = borne[0]?.lag.end ?? []
  const calls = borne.reduce((sum, { sent }) => sum + sent, 0)
  const topics = Map.groupBy(
    borne.flatMap((one) => one.topics),
    ({ topic }) => topic,
  )
  return {
    routerMs: decider.slope * 1000,
    routerIdle: Math.max(0, decider.intercept),
    enricherMs: enricher.slope * 1000,
    enricherIdle: Math.max(0, enricher.intercept),
    brokerMs: broker.slope * 1000,
    brokerIdle: Math.max(0, broker.intercept),
    brokerAtMostMs: Math.max(broker.slope * 1000, atHighest(borne)),
    dependencies: groups.filter(({ group }) => roleOf(group) === 'enricher').length,
    bytes: Object.fromEntries(
      [...topics].map(([topic, all]) => [
        topic,
        all.reduce((sum, { bytes }) => sum + bytes, 0) / calls,
      ]),
    ),
  }
}

/** CPU ms a call of the broker at the highest rate; the dearest of its repetitions. */
function atHighest(borne: readonly Measured[]): number {
  const highest = Math.max(...borne.map(({ ratePerS }) => ratePerS))
  const own = borne.filter(({ ratePerS }) => ratePerS === highest)
  return Math.max(...own.map((one) => cpuMsPerCall(one, 'broker')))
}

/** What no measurement here covers. */
export const ASSUMED = {
  /** No process and no broker is planned for more of its cores: takeovers and catching up need the rest. */
  share: 0.6,
  /** A process does its work in one thread. */
  coresOfService: 1,
  coresOfBroker: 8,
  replicas: 3,
  /** Each further replica costs its leader a fetch and its follower an append: about half the first one's work. */
  replicaShare: 0.5,
  /** Network of a broker, bytes a second each way: 10 Gbit/s, planned for `share` of it. */
  brokerBytesPerS: 1.25e9,
  /** One to spare in each group, so that any one may end. */
  spare: 1,
  /** Partitions for each member of the largest group, so that what one leaves spreads over the others. */
  partitionsPerMember: 2,
  /** Partition counts people choose: many numbers divide a multiple of 12. */
  partitionStep: 12,
  /** A connection between each client and each broker that leads for it, and rebalances that all wait for. */
  membersMax: 100,
} as const

/** How often the records of a topic are read as they come. Audit is read by analysts, later. */
export function readersOf(topic: string, dependencies: number): number {
  if (topic === 'call.arrived') return 1 + dependencies
  if (topic === 'call.lookup') return 3
  if (topic === 'call.routed') return 3
  return topic === 'call.context' ? 1 : 0
}

export interface Size {
  readonly ratePerS: number
  readonly routers: number
  readonly enrichers: number
  readonly partitions: number
  readonly brokers: number
  /** What asks for so many brokers. */
  readonly brokersBy: 'replicas' | 'processors' | 'network'
  /** In and out of all brokers together, replication included, bytes a second. */
  readonly networkBytesPerS: number
  /** Bytes a day that all brokers keep together. */
  readonly diskBytesPerDay: number
  readonly isBeyondMembers: boolean
}

/** Processes that `msPerCall` of a core each call asks for. */
function membersFor(ratePerS: number, msPerCall: number, idle: number): number {
  const each = ASSUMED.share * ASSUMED.coresOfService - idle
  if (each <= 0) return Infinity
  return Math.max(1, Math.ceil((ratePerS * msPerCall) / 1000 / each)) + ASSUMED.spare
}

const brokerCpuMs = ({ brokerAtMostMs }: Costs): number =>
  brokerAtMostMs * (1 + (ASSUMED.replicas - 1) * ASSUMED.replicaShare)

/** Bytes a call into all brokers (from its writer, to replicas) and out of them (to replicas and readers). */
function networkBytes({ bytes, dependencies }: Costs): {
  readonly in: number
  readonly out: number
} {
  const copies = ASSUMED.replicas - 1
  const topics = Object.entries(bytes)
  return {
    in: topics.reduce((sum, [, each]) => sum + each * (1 + copies), 0),
    out: topics.reduce(
      (sum, [topic, each]) => sum + each * (copies + readersOf(topic, dependencies)),
      0,
    ),
  }
}

/** A broker's network carries so much each way: the fuller one counts. */
const fullerWay = (costs: Costs): number => {
  const bytes = networkBytes(costs)
  return Math.max(bytes.in, bytes.out)
}

export const callBytes = ({ bytes }: Costs): number =>
  Object.values(bytes).reduce((sum, each) => sum + each, 0)

export function sizeFor(ratePerS: number, costs: Costs): Size {
  const routers = membersFor(ratePerS, costs.routerMs, costs.routerIdle)
  const enrichers = membersFor(ratePerS, costs.enricherMs, costs.enricherIdle)
  const members = Math.max(routers, enrichers)
  const step = ASSUMED.partitionStep
  const partitions = Math.ceil((members * ASSUMED.partitionsPerMember) / step) * step
  const network = networkBytes(costs)
  const wants = [
    { by: 'replicas', count: ASSUMED.replicas },
    {
      by: 'processors',
      count: (ratePerS * brokerCpuMs(costs)) / 1000 / (ASSUMED.coresOfBroker * ASSUMED.share),
    },
    {
      by: 'network',
      count: (ratePerS * fullerWay(costs)) / (ASSUMED.brokerBytesPerS * ASSUMED.share),
    },
  ] as const
  const most = wants.toSorted((one, other) => other.count - one.count)[0] ?? wants[0]
  return {
    ratePerS,
    routers,
    enrichers,
    partitions,
    brokers: Math.ceil(most.count),
    brokersBy: most.by,
    networkBytesPerS: ratePerS * (network.in + network.out),
    diskBytesPerDay: ratePerS * callBytes(costs) * ASSUMED.replicas * 86_400,
    isBeyondMembers: members > ASSUMED.membersMax,
  }
}

export interface Limit {
  readonly what: string
  /** Calls a second that one of it bears. */
  readonly ratePerS: number
}

/** What one of each bears, the weakest first: the order in which things break as calls grow. */
export function limitsOf(costs: Costs): readonly Limit[] {
  const bears = (what: string, msPerCall: number, cores: number): Limit => ({
    what,
    ratePerS: msPerCall > 0 ? Math.max(0, cores * 1000) / msPerCall : Infinity,
  })
  const service = ASSUMED.share * ASSUMED.coresOfService
  return [
    bears('a router with its auditor', costs.routerMs, service - costs.routerIdle),
    bears('a process of enrichers', costs.enricherMs, service - costs.enricherIdle),
    bears(
      `three brokers of ${ASSUMED.coresOfBroker} cores, by their processors`,
      brokerCpuMs(costs),
      ASSUMED.replicas * ASSUMED.coresOfBroker * ASSUMED.share,
    ),
    {
      what: 'three brokers, by their network',
      ratePerS: (ASSUMED.replicas * ASSUMED.brokerBytesPerS * ASSUMED.share) / fullerWay(costs),
    },
    {
      what: `a group of ${ASSUMED.membersMax} routers`,
      ratePerS:
        ((service - costs.routerIdle) * 1000 * (ASSUMED.membersMax - ASSUMED.spare)) /
        costs.routerMs,
    },
  ].toSorted((one, other) => one.ratePerS - other.ratePerS)
}
