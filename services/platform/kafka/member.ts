/** One kafkajs consumer from its first join to its end. */
import type { Cluster, Consumer, EachBatchPayload } from 'kafkajs'
import { crowding } from '../crowding.ts'
import type { Haste } from '../ports.ts'
import { coPartitioned, type Holding } from './assigner.ts'
import { createKafka, type KafkaOptions, openCluster } from './connection.ts'
import type { FetchedMessage } from './fetch-answer.ts'
import { endPolls, type GroupBroker, nothingSeen, type Seen, spy } from './member-calls.ts'
import type { Join } from './membership.ts'
import { createPace, FETCHES } from './pace.ts'
import { setFetchPace } from './paced-fetch.ts'
import { within } from './wire.ts'

/** Numbers that stood the tests. `maxWaitTimeInMs` is the pause while no partition is to be read. */
const GROUP_SETTINGS = {
  sessionTimeout: 6000,
  heartbeatInterval: 500,
  rebalanceTimeout: 10_000,
  maxWaitTimeInMs: 30,
  minBytes: 1,
  maxBytes: 2_000_000,
  maxBytesPerPartition: 262_144,
} as const

/** Leaders are learnt anew when something fails; and this often, in case a broker is cut off unawares. */
const METADATA_AGE_MS = 15_000

export interface FetchedBatch {
  readonly topic: string
  readonly partition: number
  /** Where the fetch began that brought it. */
  readonly fetchedOffset: number
  readonly lastOffset: number
  readonly messages: readonly FetchedMessage[]
}

/** What happens to a member. All are called synchronously; `joined` before any fetch of the new round. */
export interface MemberEvents {
  /** A join is about to be asked for: what is held may be given away. */
  joining(): void
  joined(join: Join): void
  /** True when the batch was taken and reading goes on behind it; false: it was not wanted. */
  batch(batch: FetchedBatch): boolean
  /** Offsets that hold nothing to hand out (transaction markers) have been passed. */
  passed(topic: string, partition: number, firstOffset: number, lastOffset: number): void
  outOfRange(topic: string, partition: number): void
  crashed(error: Error): void
  alive(): void
}

export interface CommitTopic {
  readonly topic: string
  readonly partitions: readonly {
    readonly partition: number
    readonly offset: string
    readonly metadata: string
  }[]
}

export interface Member {
  seek(topic: string, partition: number, offset: number): void
  pause(topic: string, partitions: readonly number[]): void
  resume(topic: string, partitions: readonly number[]): void
  /** Commits for exactly this member and generation; the coordinator refuses an older one. */
  commit(join: Join, topics: readonly CommitTopic[]): Promise<void>
  /** Leaves the group and closes within about `limitMs`. */
  leave(limitMs: number): Promise<void>
}

/** Builds the consumer. `run` joins; until then nothing happens on the brokers. */
export function createMember(
  options: KafkaOptions,
  groupId: string,
  topics: readonly string[],
  haste: Haste,
  holding: () => Holding,
  events: MemberEvents,
): { readonly member: Member; run(): Promise<void> } {
  const kafka = createKafka(options, groupId, { retries: 20 })
  const seen = nothingSeen()
  let spied: Cluster | undefined
  const assigner = coPartitioned(options.logger, holding, () => {
    events.joining()
  })
  const consumer = kafka.consumer({
    groupId,
    ...GROUP_SETTINGS,
    allowAutoTopicCreation: false,
    metadataMaxAge: METADATA_AGE_MS,
    partitionAssigners: [
      (config) => {
        spied = config.cluster
        return assigner(config)
      },
    ],
    retry: {
      initialRetryTime: 50,
      maxRetryTime: 500,
      retries: 100,
      // The supervisor in group.ts builds a new one: a restart inside would lose pauses and positions.
      restartOnFailure: () => Promise.resolve(false),
    },
  })
  const cluster = spied ?? openCluster(kafka)
  setFetchPace(cluster, createPace(FETCHES[haste], crowding))
  spy(cluster, seen, events)
  listen(consumer, seen, events)

  const run = async (): Promise<void> => {
    await consumer.connect()
    await consumer.subscribe({ topics: [...topics], fromBeginning: false })
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      eachBatch: (payload) => Promise.resolve(handOff(payload, events)),
    })
  }
  return { run, member: createHandle(consumer, cluster, groupId, seen) }
}

/** `eachBatch` only hands off: waiting in it would block all partitions of that broker. */
function handOff(payload: EachBatchPayload, events: MemberEvents): void {
  const { batch } = payload
  const { fetchedOffset } = batch as unknown as { readonly fetchedOffset: string }
  const taken =
    !payload.isStale() &&
    events.batch({
      topic: batch.topic,
      partition: batch.partition,
      fetchedOffset: Number(fetchedOffset),
      lastOffset: Number(batch.lastOffset()),
      messages: batch.messages,
    })
  if (taken) {
    payload.resolveOffset(batch.lastOffset())
  }
}

function listen(consumer: Consumer, seen: Seen, events: MemberEvents): void {
  consumer.on(consumer.events.REBALANCING, () => {
    events.joining()
  })
  // The synchronous part of this listener runs before the first fetch after the join.
  consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
    seen.left = false
    seen.changedAtMs = performance.now()
    const partitions = [...new Set(Object.values(payload.memberAssignment).flat())]
    events.joined({ memberId: payload.memberId, generation: seen.generation, partitions })
  })
  consumer.on(consumer.events.HEARTBEAT, () => {
    events.alive()
  })
  consumer.on(consumer.events.END_BATCH_PROCESS, ({ payload }) => {
    if (payload.batchSize === 0) {
      const { topic, partition, firstOffset, lastOffset } = payload
      events.passed(topic, partition, Number(firstOffset), Number(lastOffset))
    }
  })
  consumer.on(consumer.events.CRASH, ({ payload }) => {
    events.crashed(payload.error)
  })
}

function createHandle(consumer: Consumer, cluster: Cluster, groupId: string, seen: Seen): Member {
  const bounded = (limitMs: number, work: Promise<unknown>): Promise<unknown> =>
    within(limitMs, 'leaving', work).catch(() => undefined)

  return {
    seek: (topic, partition, offset) => {
      seen.changedAtMs = performance.now()
      consumer.seek({ topic, partition, offset: String(offset) })
    },
    pause: (topic, partitions) => {
      consumer.pause([{ topic, partitions: [...partitions] }])
    },
    resume: (topic, partitions) => {
      seen.changedAtMs = performance.now()
      consumer.resume([{ topic, partitions: [...partitions] }])
    },
    // Not consumer.commitOffsets: that one retries with whatever generation is current by then, and
    // reports success when the consumer has stopped.
    async commit(join, topics) {
      let coordinator = seen.coordinator
      if (coordinator === undefined || !coordinator.isConnected()) {
        coordinator = (await cluster.findGroupCoordinator({ groupId })) as GroupBroker
      }
      await coordinator
        .offsetCommit({
          groupId,
          groupGenerationId: join.generation,
          memberId: join.memberId,
          topics: topics.map(({ topic, partitions }) => ({ topic, partitions: [...partitions] })),
        })
        .catch((error: unknown) => {
          seen.coordinator = undefined
          throw error
        })
    },
    async leave(limitMs) {
      endPolls(seen)
      await bounded(limitMs, consumer.stop())
      if (!seen.left && seen.memberId !== '' && seen.coordinator?.isConnected() === true) {
        // kafkajs does not leave while it joins or after a crash; the others should not wait for us.
        const { memberId, coordinator } = seen
        await bounded(limitMs, coordinator.leaveGroup({ groupId, memberId }))
      }
      await bounded(limitMs, consumer.disconnect())
      await bounded(limitMs, cluster.disconnect())
    },
  }
}
