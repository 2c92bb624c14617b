/**
 * The enricher's shell (design §5): reads arrivals, looks each up in one dependency with many lookups
 * in flight, and publishes what came of it to call.lookup. It commits only the contiguous prefix of
 * settled arrivals, so a crash repeats lookups and loses none.
 */
import type { Logger } from 'pino'
import type { LookupSettled } from '../../schemas/records.ts'
import type { Assignment, Clock, Codec, LogClient, RecordBatch } from '../platform/ports.ts'
import type { Policy } from '../policy/policy.ts'
import { createAsking } from './asking.ts'
import type { FactsCache } from './cache.ts'
import type { Connector } from './connectors/connector.ts'
import type { BreakerState } from './core/breaker.ts'
import { keepBrokerNow } from './broker-now.ts'
import { keepCommits } from './commits.ts'
import { type CrashPoint, createLookups } from './lookups.ts'
import type { Overrides } from './override.ts'
import { createPartition, type PartitionState } from './partition.ts'
import { createPublisher } from './publish.ts'
import { createReading } from './reading.ts'
import { startsOf } from './recovery.ts'
import type { EnricherSettings } from './settings.ts'

export interface EnricherOptions {
  readonly dependency: string
  /** Without the environment's prefix: `enricher-<dependency>`. */
  readonly groupId: string
  readonly instanceId: string
  readonly connector: Connector
  readonly client: LogClient
  readonly codec: Codec
  readonly clock: Clock
  /** A draw from [0, 1), for the spread of retries. */
  readonly random: () => number
  /** The policy that governs arrivals appended at a moment of broker time. */
  readonly policyAt: (appendedAt: number) => Policy
  readonly settings: EnricherSettings
  readonly cache: FactsCache
  readonly overrides: Pick<Overrides, 'active'>
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

const TICK_MS = 250
const COMMIT_EVERY_TICKS = 2
const RETRY_EVERY_MS = 500
const DRAIN_MS = 1500

/** Starts an enricher and resolves once it has joined its group. */
export async function startEnricher(options: EnricherOptions): Promise<Enricher> {
  const { client, clock, codec, connector, logger, settings, observe } = options
  const producer = await client.producer(`enricher-${options.dependency}`)
  const brokerNow = keepBrokerNow({
    producer,
    codec,
    clock,
    logger,
    instanceId: options.instanceId,
  })
  const needed = options
    .policyAt(Infinity)
    .dependencies.find(({ name }) => name === options.dependency)?.needs
  const topics = needed ? (['call.arrived', 'call.lookup'] as const) : (['call.arrived'] as const)
  const group = client.group(options.groupId, topics)
  const partitions = new Map<number, PartitionState>()
  const commits = keepCommits(group, partitions)
  const life = { stopping: false, epoch: 0, recovering: true, paused: false }

  const asking = createAsking({ connector, clock, random: options.random, logger, ...settings })
  const publisher = createPublisher({
    producer,
    codec,
    clock,
    logger,
    acknowledged: brokerNow.acknowledged,
  })
  const lookups = createLookups({
    ...options,
    asking,
    publisher,
    brokerNow: brokerNow.now,
    settled: observe.settled,
    late: observe.late,
    crashPoint: options.crashPoint ?? (() => {}),
  })
  const reading = createReading({
    codec,
    clock,
    logger,
    lookups,
    observe,
    brokerNow: brokerNow.now,
  })

  const recover = async (assignment: Assignment, unread: readonly number[]): Promise<void> => {
    const current = () => !life.stopping && life.epoch === assignment.epoch
    while (current()) {
      try {
        await brokerNow.known()
        const now = brokerNow.now()
        const skewMs = settings.maxClockSkewMs
        const starts = await startsOf(client, group, topics, unread, now, skewMs)
        if (!current()) return
        for (const start of starts) {
          partitions.set(start.partition, createPartition(start.partition))
          for (const { topic, offset } of start.seeks) {
            group.seek(topic, start.partition, offset)
            if (topic !== 'call.arrived' || !life.paused) group.resume(topic, [start.partition])
          }
        }
        life.recovering = false
        return
      } catch (error) {
        logger.warn({ err: error }, 'positions are not known yet, trying again')
        await wait(clock, RETRY_EVERY_MS)
      }
    }
  }
  const relieve = (): void => {
    const open = reading.open()
    const held = [...partitions.keys()]
    if (!life.paused && open > settings.openMax) {
      life.paused = true
      group.pause('call.arrived', held)
    } else if (life.paused && open < settings.openMax / 2) {
      life.paused = false
      group.resume('call.arrived', held)
    }
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
      if (life.recovering) void recover(assignment, unread)
    },
    revoking: () => void commits.flush(),
    records(batch: RecordBatch) {
      const state = partitions.get(batch.partition)
      if (state === undefined) return
      const last = batch.records.at(-1)
      if (last !== undefined) brokerNow.consumed(last.appendedAt)
      if (batch.topic === 'call.arrived') reading.arrivals(state, batch.records)
      else if (needed) reading.needs(state, batch.records, needed)
      relieve()
    },
    interrupted: (error) => logger.warn({ err: error }, 'consumer interrupted, rejoining'),
  })

  let ticks = 0
  const stopTicking = every(clock, TICK_MS, () => {
    ticks += 1
    relieve()
    brokerNow.refresh()
    if (ticks % COMMIT_EVERY_TICKS === 0) void commits.flush()
    observe.breaker(asking.breaker.state(clock.nowMs()))
    observe.load({ active: asking.active(), waiting: asking.waiting(), open: reading.open() })
  })

  return {
    ready: () => !life.recovering && !life.stopping,
    async stop() {
      life.stopping = true
      stopTicking()
      await commits.flush()
      // Leaving first: the next owner repeats what is open here, and whichever answer is first counts.
      await group.stop()
      await reading.drained(DRAIN_MS)
      publisher.stop()
      await producer.close(1000)
    },
  }
}

function every(clock: Clock, periodMs: number, run: () => void): () => void {
  let cancel = clock.after(periodMs, again)
  function again(): void {
    run()
    cancel = clock.after(periodMs, again)
  }
  return () => cancel()
}

const wait = (clock: Clock, ms: number): Promise<void> =>
  new Promise((resolve) => {
    clock.after(ms, resolve)
  })
