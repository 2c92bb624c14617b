/**
 * The enricher's shell (design §5): reads arrivals, looks each up in one dependency with many lookups
 * in flight, and publishes what came of it to call.lookup. It commits only the contiguous prefix of
 * settled arrivals, so a crash repeats lookups and loses none.
 */
import type { Logger } from 'pino'
import type { LookupSettled } from '../../schemas/records.ts'
import type {
  Clock,
  Codec,
  GroupConsumer,
  LogClient,
  LogProducer,
  RecordBatch,
} from '../platform/ports.ts'
import type { Policy } from '../policy/policy.ts'
import { type Asking, createAsking } from './asking.ts'
import type { FactsCache } from './cache.ts'
import type { Connector } from './connectors/connector.ts'
import type { BreakerState } from './core/breaker.ts'
import { keepBrokerClock } from '../platform/broker-clock.ts'
import { keepCommits, type Released } from '../platform/commits.ts'
import { type CrashPoint, createLookups } from './lookups.ts'
import { neededFacts, type PublishedVersions } from './needed.ts'
import type { Neighbours } from './neighbours.ts'
import type { Overrides } from './override.ts'
import type { PartitionState } from './partition.ts'
import { createPublisher } from './publish.ts'
import { createReading, type Reading, settleNeeds } from './reading.ts'
import type { Repeats } from './repeats.ts'
import type { EnricherSettings } from './settings.ts'
import { readNeeds, takeOver } from './taking-over.ts'
import { every, wait } from '../platform/timing.ts'

export interface EnricherOptions {
  readonly dependency: string
  /** Without the environment's prefix: `enricher-<dependency>`. */
  readonly groupId: string
  readonly instanceId: string
  readonly connector: Connector
  readonly client: LogClient
  /** Of the process, which closes it once its enrichers have stopped. */
  readonly producer: LogProducer
  readonly codec: Codec
  readonly clock: Clock
  /** A draw from [0, 1), for the spread of retries. */
  readonly random: () => number
  /** The policy that governs arrivals appended at a moment of broker time. */
  readonly policyAt: (appendedAt: number) => Policy
  /** Those it may be and those that come; absent: what `policyAt` gives. */
  readonly versions?: PublishedVersions
  readonly settings: EnricherSettings
  readonly cache: FactsCache
  readonly overrides: Pick<Overrides, 'active'>
  /** Of the process: whoever shares it. */
  readonly neighbours: Neighbours
  /** Of the process. */
  readonly repeats: Repeats
  readonly logger: Logger
  readonly observe: EnricherObserver
  /** Called where a crash is worth trying; absent outside fault tests. */
  readonly crashPoint?: (point: CrashPoint) => void
}

export interface EnricherObserver {
  settled(lookup: LookupSettled): void
  late(lookup: LookupSettled): void
  /** An arrival that was not looked up: unreadable, or a repeat of one that was. */
  passedOver(why: 'unreadable' | 'repeat'): void
  load(load: { readonly active: number; readonly waiting: number; readonly open: number }): void
  breaker(state: BreakerState): void
}

export interface Enricher {
  /** True once every assigned partition is read and broker time is known. */
  ready(): boolean
  /** Hands its partitions over at once and ends within 3 s; lookups under way may still be published. */
  stop(): Promise<void>
}

const TICK_MS = 500
/** A coordinator that is away must not keep an enricher from leaving. */
const COMMIT_MS = 300
/** Budgets of a default policy end within this: every lookup under way is still answered. */
const DRAIN_MS = 2200
/** Of call.lookup nothing is fetched before some lookup needs what stands there. */
const TOPICS = ['call.arrived', 'call.lookup'] as const

/** Starts an enricher and resolves once it has joined its group. */
export async function startEnricher(options: EnricherOptions): Promise<Enricher> {
  const { client, clock, logger, settings } = options
  const life = { stopping: false, epoch: 0, recovering: true }
  const leaving = (): boolean => life.stopping
  const { brokerClock, asking, publisher, reading } = createParts(options, leaving)
  const group = client.group(options.groupId, TOPICS)
  const partitions = new Map<number, PartitionState>()
  const commits = keepCommits(group, () => releasedOf(partitions))
  const relief = keepRelief(group, partitions, () => reading.open(), settings.openMax)

  const paused = () => relief.paused()
  const means = { ...options, group, partitions, brokerClock, paused, stopping: leaving }
  const needed = neededFacts(options, (since) => void readNeeds(means, since))

  const stopListening = options.neighbours.listen((partition, lookup, settledAt) => {
    const state = partitions.get(partition)
    if (state === undefined || !state.hears()) return
    try {
      settleNeeds(state, needed.facts(), lookup, settledAt)
    } catch (error) {
      // What goes wrong here is no business of whoever told.
      logger.error({ err: error, callId: lookup.callId }, 'what a neighbour told was not taken up')
    }
  })

  /** Goes on until it knows where to begin, or another assignment has come. */
  const recover = async (epoch: number, unread: readonly number[]): Promise<void> => {
    const current = () => !life.stopping && life.epoch === epoch
    if (await takeOver(means, needed, unread, current)) life.recovering = false
  }

  await group.start({
    assigned(assignment) {
      const changed = [...assignment.lost, ...assignment.gained]
      for (const partition of changed) partitions.delete(partition)
      commits.forget(changed)
      life.epoch = assignment.epoch
      // What an overtaken assignment gained is gained no more, yet unread.
      const unread = assignment.partitions.filter((partition) => !partitions.has(partition))
      life.recovering = unread.length > 0
      if (life.recovering) void recover(assignment.epoch, unread)
    },
    revoking: () => void commits.flush(),
    records(batch: RecordBatch) {
      const state = partitions.get(batch.partition)
      if (state === undefined) return
      const last = batch.records.at(-1)
      if (last !== undefined) brokerClock.consumed(last.appendedAt)
      if (batch.topic === 'call.arrived') reading.arrivals(state, batch.records)
      else {
        reading.needs(state, batch.records, needed.facts())
        state.lookupsReadTo(batch.nextOffset)
      }
      relief.check()
    },
    interrupted: (error) => logger.warn({ err: error }, 'consumer interrupted, rejoining'),
  })

  const stopTicking = every(clock, TICK_MS, () => {
    relief.check()
    brokerClock.refresh()
    void commits.flush()
    observeLoad(options, asking, reading)
  })

  return {
    ready: () => !life.recovering && !life.stopping,
    async stop() {
      life.stopping = true
      stopTicking()
      await Promise.race([commits.flush(), wait(clock, COMMIT_MS)])
      // Leaving at once: the next owner repeats what is open here, and whichever answer is first counts.
      await Promise.all([group.stop(), reading.drained(DRAIN_MS)])
      publisher.stop()
      stopListening()
    },
  }
}

function observeLoad({ clock, observe }: EnricherOptions, asking: Asking, reading: Reading): void {
  observe.breaker(asking.breaker.state(clock.nowMs()))
  observe.load({ active: asking.active(), waiting: asking.waiting(), open: reading.open() })
}

/** What the contiguous prefix of settled arrivals releases (design §5). */
function* releasedOf(partitions: ReadonlyMap<number, PartitionState>): Iterable<Released> {
  for (const [partition, { prefix }] of partitions) {
    const released = prefix.take()
    if (released === null) continue
    const { offset, appendedAt } = released
    yield { topic: 'call.arrived', partition, offset, openSinceMs: appendedAt }
  }
}

function createParts(options: EnricherOptions, leaving: () => boolean) {
  const { producer, clock, codec, logger, settings, observe } = options
  const { instanceId, connector, random, repeats } = options
  const brokerClock = keepBrokerClock({ producer, codec, clock, logger, instanceId })
  const now = (): number => brokerClock.now()
  const asking = createAsking({ connector, clock, random, logger, ...settings })
  const publisher = createPublisher({
    producer,
    codec,
    clock,
    logger,
    acknowledged: (ack) => brokerClock.acknowledged(ack),
  })
  const lookups = createLookups({
    ...options,
    asking,
    publisher,
    leaving,
    brokerNow: now,
    brokerErrorMs: () => brokerClock.errorMs(),
    settled: (lookup) => observe.settled(lookup),
    late: (lookup) => observe.late(lookup),
    crashPoint: options.crashPoint ?? (() => {}),
  })
  const reading = createReading({ codec, clock, lookups, repeats, observe, brokerNow: now })
  return { brokerClock, asking, publisher, reading }
}

/** Pauses arrivals while too many lookups are open, rather than growing without bound. */
function keepRelief(
  group: GroupConsumer,
  partitions: ReadonlyMap<number, PartitionState>,
  open: () => number,
  openMax: number,
) {
  let paused = false
  return {
    paused: () => paused,
    check(): void {
      const act = !paused && open() > openMax ? 'pause' : null
      const undo = paused && open() < openMax / 2 ? 'resume' : null
      const todo = act ?? undo
      if (todo === null) return
      paused = todo === 'pause'
      group[todo]('call.arrived', [...partitions.keys()])
    },
  }
}
