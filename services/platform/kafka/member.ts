/** One kafkajs consumer from its first join to its end. */
import type { Cluster, Consumer } from 'kafkajs'
import { coPartitioned, type Holding } from './assigner.ts'
import { createKafka, type KafkaOptions } from './connection.ts'
import { unknownClient } from './failure.ts'
import type { FetchRounds } from './fetch/rounds.ts'
import { type GroupBroker, nothingSeen, type Seen, spy } from './member-calls.ts'
import { createMemberFetch, type ReadingEvents } from './member-fetch.ts'
import type { Join } from './membership.ts'
import { setFetch } from './own-fetch.ts'
import { createPolls, type Polls } from './polls.ts'
import { within } from './wire.ts'

/** Numbers that stood the tests. */
const GROUP_SETTINGS = {
  sessionTimeout: 6000,
  heartbeatInterval: 500,
  rebalanceTimeout: 10_000,
} as const

/** Leaders are learnt anew when something fails; and this often, in case a broker is cut off unawares. */
const METADATA_AGE_MS = 15_000

/** What happens to a member. All are called synchronously; `joined` before any fetch of the new round. */
export interface MemberEvents extends ReadingEvents {
  /** A join is about to be asked for: what is held may be given away. */
  joining(): void
  joined(join: Join): void
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
  /** Other positions are to be read than before: the next polls are short. */
  changed(): void
  /** Commits for exactly this member and generation; the coordinator refuses an older one. */
  commit(join: Join, topics: readonly CommitTopic[]): Promise<void>
  /** Leaves the group and closes within about `limitMs`. */
  leave(limitMs: number): Promise<void>
}

/** Builds the consumer. `run` joins; until then nothing happens on the brokers. */
export function createMember(
  options: KafkaOptions,
  rounds: FetchRounds,
  groupId: string,
  topics: readonly string[],
  holding: () => Holding,
  events: MemberEvents,
): { readonly member: Member; run(): Promise<void> } {
  const kafka = createKafka(options, groupId, { retries: 20 })
  const seen = nothingSeen()
  const polls = createPolls()
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
  const cluster = spied
  if (cluster === undefined) throw unknownClient()
  setFetch(cluster, createMemberFetch(cluster, { rounds, polls }, events))
  spy(cluster, seen, polls)
  listen(consumer, seen, polls, events)

  const run = async (): Promise<void> => {
    await consumer.connect()
    await consumer.subscribe({ topics: [...topics], fromBeginning: false })
    // What is fetched goes another way (own-fetch.ts); kafkajs wants a place to hand it to.
    await consumer.run({ autoCommit: false, eachBatch: () => Promise.resolve() })
  }
  return { run, member: createHandle(consumer, cluster, groupId, seen, polls) }
}

function listen(consumer: Consumer, seen: Seen, polls: Polls, events: MemberEvents): void {
  consumer.on(consumer.events.REBALANCING, () => {
    events.joining()
  })
  // The synchronous part of this listener runs before the first fetch after the join.
  consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
    seen.left = false
    polls.begin()
    const partitions = [...new Set(Object.values(payload.memberAssignment).flat())]
    events.joined({ memberId: payload.memberId, generation: seen.generation, partitions })
  })
  consumer.on(consumer.events.HEARTBEAT, () => {
    events.alive()
  })
  consumer.on(consumer.events.CRASH, ({ payload }) => {
    events.crashed(payload.error)
  })
}

function createHandle(
  consumer: Consumer,
  cluster: Cluster,
  groupId: string,
  seen: Seen,
  polls: Polls,
): Member {
  const bounded = (limitMs: number, work: Promise<unknown>): Promise<unknown> =>
    within(limitMs, 'leaving', work).catch(() => undefined)

  return {
    changed: () => polls.changed(),
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
      polls.end()
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
