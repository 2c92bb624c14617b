/**
 * The router's shell (design §4): a group consumer of call.arrived, call.lookup and call.routed that
 * keeps one core per assigned partition, gives it broker time, publishes what it decides and commits
 * what is done. All state is in the log: a router that dies loses nothing.
 */
import type { Logger } from 'pino'
import type { Privacy } from '../domain/privacy.ts'
import { type BrokerClock, keepBrokerClock } from '../platform/broker-clock.ts'
import { type Commits, keepCommits, type Released } from '../platform/commits.ts'
import type {
  Assignment,
  Clock,
  Codec,
  LogClient,
  LogProducer,
  RecordBatch,
} from '../platform/ports.ts'
import type { Policy } from '../policy/policy.ts'
import { type Flows, keepFlows } from './flows.ts'
import { createHandingOver, type HandingOver } from './handing-over.ts'
import type { PartitionRouter, RouterObserver } from './partition-router.ts'
import { type PublishedVersions, publishPolicies } from './policy-publishing.ts'
import { createPublisher } from './publisher.ts'
import { createSchemaDesk } from './schema-desk.ts'
import type { RouterSettings } from './settings.ts'
import { createStallGate } from './stall.ts'
import { ROUTER_TOPICS, takeOverAll } from './taking-over.ts'
import { STALL_MS, startTicker } from './ticker.ts'
import { wait } from '../platform/timing.ts'

export interface RouterOptions {
  readonly client: LogClient
  readonly codec: Codec
  readonly clock: Clock
  /** The policy that governs arrivals appended at a broker time. */
  readonly policyAt: (appendedAt: number) => Policy
  /** Those it may be and those that come, to be kept in audit.policy; absent: what `policyAt` gives. */
  readonly versions?: PublishedVersions
  readonly privacy: Privacy
  readonly hash: (what: string | Uint8Array) => string
  readonly logger: Logger
  readonly observe: RouterObserver
  readonly settings: RouterSettings
}

export interface Router {
  /** True while partitions are assigned (possibly none) and every gate is open. */
  ready(): boolean
  /**
   * Commits, leaves the group at once, stands in for calls in flight until its successor has them, and
   * ends; within 3 s.
   */
  stop(): Promise<void>
}

const COMMIT_EVERY_MS = 250
/** A coordinator that is away must not keep a router from leaving. */
const COMMIT_MS = 500
const DRAIN_MS = 300
const CLOSE_MS = 500
/** Overdue requests decided in one tick, by all partitions together. */
const OVERDUE_PER_TICK = 32
/** Between ticks that have only overdue work. */
const OVERDUE_PAUSE_MS = 10

interface Life {
  /** Takes nothing up any more. */
  stopping: boolean
  /** Decides nothing any more. */
  stopped: boolean
  /** Of the assignment in force; work for an older one is dropped. */
  epoch: number
  assigned: boolean
  recovering: boolean
  /** Host time at which the rebalance under way began; Infinity: none is. */
  revokedAtMs: number
}

const UNBORN: Life = {
  stopping: false,
  stopped: false,
  epoch: 0,
  assigned: false,
  recovering: true,
  revokedAtMs: Infinity,
}

/** Starts a router and resolves once it has joined its group. */
export async function startRouter(options: RouterOptions): Promise<Router> {
  const { client, clock, logger, settings } = options
  const producer = await client.producer('router')
  const group = client.group(settings.groupId, ROUTER_TOPICS)
  const partitions = new Map<number, PartitionRouter>()
  const commits = keepCommits(group, () => watermarksOf(partitions))
  const flows = keepFlows(group, partitions)
  const life: Life = { ...UNBORN }
  const tools = createTools(options, producer, () => ticker.pulse())
  const { brokerClock, publisher, schemas, ports } = tools
  const handing = createHandingOver(options, () => ticker.wakeIn(beat.dueInMs()))
  const beat = createBeat({ options, partitions, handing, commits, flows, brokerClock })
  const all = () => [...partitions, ...handing.routers()]
  const stalled = createStallGate(options, all, () => life.stopped)
  const ticker = startTicker(clock, stalled, beat.tick)

  const recover = async (assignment: Assignment, unread: readonly number[]): Promise<void> => {
    const current = () => !life.stopping && life.epoch === assignment.epoch
    const means = { options, group, partitions, commits, brokerClock, ports }
    if (!(await takeOverAll(means, assignment, unread, current))) return
    life.recovering = false
    ticker.wakeIn(0)
  }
  // Before it has partitions, so that nothing waits for it and nothing is decided before it.
  await publishPolicies(options, publisher, brokerClock, () => !life.stopping)
  await group.start({
    assigned(assignment) {
      ticker.pulse()
      const changed = [...assignment.lost, ...assignment.gained]
      handing.begin(partitions, changed)
      commits.forget(changed)
      flows.forget(changed)
      life.epoch = assignment.epoch
      life.assigned = true
      // A rebalance that took long is a stall for the partitions that stayed: nothing was read meanwhile.
      if (clock.nowMs() - life.revokedAtMs > STALL_MS) stalled()
      life.revokedAtMs = Infinity
      // What an overtaken assignment gained is gained no more, yet unread.
      const unread = assignment.partitions.filter((partition) => !partitions.has(partition))
      life.recovering = unread.length > 0
      logger.info({ partitions: assignment.partitions, unread }, 'partitions assigned')
      if (life.recovering) void recover(assignment, unread)
    },
    revoking() {
      life.revokedAtMs = clock.nowMs()
      void commits.flush()
    },
    records(batch) {
      const router = partitions.get(batch.partition)
      if (router === undefined || life.stopping) return
      note(brokerClock, batch, router.isOpen ? options.observe : {})
      router.take(batch)
      flows.check(batch.partition)
      ticker.wakeIn(beat.dueInMs())
    },
    interrupted: (error) => logger.warn({ err: error }, 'consumer interrupted, rejoining'),
  })

  return {
    ready: () => isReady(life, partitions),
    async stop() {
      life.stopping = true
      const committed = commits.flush()
      handing.begin(partitions, [...partitions.keys()])
      await Promise.race([committed, wait(clock, COMMIT_MS)])
      await Promise.all([group.stop(), handing.done()])
      life.stopped = true
      ticker.stop()
      schemas.stop()
      await publisher.drained(DRAIN_MS)
      publisher.stop()
      await producer.close(CLOSE_MS)
    },
  }
}

/** What was read is a lower bound of broker time; and decisions tell how long they took to be seen. */
function note(
  brokerClock: BrokerClock,
  { topic, records }: RecordBatch,
  observe: Pick<RouterObserver, 'seen'>,
): void {
  if (topic === 'call.routed') {
    const now = brokerClock.now()
    for (const { appendedAt } of records) observe.seen?.(now - appendedAt)
  }
  const newest = records.at(-1)
  if (newest !== undefined) brokerClock.consumed(newest.appendedAt)
}

const isReady = (
  { assigned, recovering, stopping }: Life,
  partitions: ReadonlyMap<number, PartitionRouter>,
): boolean =>
  assigned && !recovering && !stopping && [...partitions.values()].every(({ isOpen }) => isOpen)

/** The oldest open arrival of each partition, where it moved. */
function* watermarksOf(partitions: ReadonlyMap<number, PartitionRouter>): Iterable<Released> {
  for (const [partition, { watermark }] of partitions) {
    const moved = watermark.take()
    if (moved !== null) yield { topic: 'call.arrived', partition, ...moved }
  }
}

/** What the partitions share: broker time, the way out, the registry. */
function createTools(options: RouterOptions, producer: LogProducer, pulse: () => void) {
  const { clock, codec, logger, observe, settings } = options
  const { instanceId, recordBytesMax, partitions } = settings
  const brokerClock = keepBrokerClock({ producer, codec, clock, logger, instanceId })
  const publisher = createPublisher({
    producer,
    codec,
    clock,
    logger,
    recordBytesMax,
    acknowledged: (ack) => brokerClock.acknowledged(ack),
  })
  const schemas = createSchemaDesk(codec, clock)
  const service = `router/${instanceId}`
  const ports = {
    codec,
    clock,
    publisher,
    schemas,
    observe,
    service,
    writesDeadLetters: settings.lane.name === 'PRIMARY',
    partitions,
    recordBytesMax,
    // Before anything is decided a sleep must have been noticed.
    now: () => {
      pulse()
      return brokerClock.now()
    },
  }
  return { brokerClock, publisher, schemas, ports }
}

interface BeatOptions {
  readonly options: Pick<RouterOptions, 'clock' | 'observe'>
  readonly partitions: ReadonlyMap<number, PartitionRouter>
  readonly handing: Pick<HandingOver, 'routers' | 'check'>
  readonly commits: Commits
  readonly flows: Flows
  readonly brokerClock: BrokerClock
}

/** What happens with every tick, and when the next is due. */
function createBeat({ options, partitions, handing, commits, flows, brokerClock }: BeatOptions) {
  const { clock, observe } = options
  let commitAtMs = -Infinity

  const dueInMs = (): number => {
    let at = Infinity
    for (const router of partitions.values()) at = Math.min(at, router.nextTickAt() ?? Infinity)
    for (const [, router] of handing.routers()) {
      at = Math.min(at, router.nextTickAt() ?? Infinity)
    }
    return at === Infinity ? Infinity : at - brokerClock.now()
  }
  const keepHouse = (): void => {
    const hostMs = clock.nowMs()
    if (hostMs < commitAtMs) return
    commitAtMs = hostMs + COMMIT_EVERY_MS
    let open = 0
    for (const [partition, router] of partitions) {
      open += router.openRequests
      flows.check(partition)
    }
    observe.load({ open, clockErrorMs: brokerClock.errorMs() })
    void commits.flush()
  }
  /** Gives the milliseconds until the next tick is due. */
  const tick = (): number => {
    brokerClock.refresh()
    // In-time requests of every partition come before overdue ones of any (design §4.8).
    for (const router of partitions.values()) router.tick(0)
    for (const [, router] of handing.routers()) router.tick(0)
    handing.check()
    const late = [...partitions.values()].filter(({ hasOverdue }) => hasOverdue)
    const share = Math.ceil(OVERDUE_PER_TICK / Math.max(1, late.length))
    for (const router of late) router.tick(share)
    keepHouse()
    const delayMs = dueInMs()
    return delayMs <= 0 ? OVERDUE_PAUSE_MS : delayMs
  }
  return { dueInMs, tick }
}
