/**
 * What a member learns and changes in the calls that kafkajs makes to its brokers: the generation and
 * the coordinator it keeps to itself, an offset out of range, how long a poll lasts. Each consumer has
 * a client and thus broker objects of its own, so nobody else is touched by that.
 */
import { setTimeout as delay } from 'node:timers/promises'
import type { Broker, Cluster } from 'kafkajs'
import { causes, isStaleMember } from './failure.ts'
import type { FetchAnswer } from './fetch-answer.ts'
import { relearn } from './live-brokers.ts'

/**
 * How long a broker may wait for a first record. A partition that is sought or resumed waits for the
 * poll under way, so polls are short as long as partitions change; a rebalance and a farewell end them.
 */
const POLL_MS = { changing: 30, calm: 250 } as const
const CALM_AFTER_MS = 3000

/** Before a broker that does not lead what it was asked for is asked again. */
const MOVED_PAUSE_MS = 20

/** The broker calls that kafkajs' types leave out. */
export type GroupBroker = Broker & {
  joinGroup(request: unknown): Promise<{ memberId: string; generationId: number }>
  leaveGroup(request: { groupId: string; memberId: string }): Promise<unknown>
  heartbeat(request: unknown): Promise<unknown>
}

export interface Seen {
  coordinator: GroupBroker | undefined
  memberId: string
  generation: number
  left: boolean
  /** When what is read was changed last. */
  changedAtMs: number
  /** Those under way; a call ends one as if it had found nothing. */
  readonly polls: Set<() => void>
}

export const nothingSeen = (): Seen => ({
  coordinator: undefined,
  memberId: '',
  generation: -1,
  left: false,
  changedAtMs: -Infinity,
  polls: new Set(),
})

/** Lets nobody wait for a first record any longer. */
export function endPolls({ polls }: Seen): void {
  for (const end of polls) end()
}

/** Settles like the poll, or with nothing once it is ended. */
function endable({ polls }: Seen, polling: Promise<FetchAnswer>): Promise<FetchAnswer> {
  const nothing = { moved: false, responses: [] }
  return new Promise((resolve, reject) => {
    const end = (): void => resolve(nothing)
    polls.add(end)
    void polling.then(resolve, reject).finally(() => polls.delete(end))
  })
}

interface CallEvents {
  outOfRange(topic: string, partition: number): void
}

/** Watches the calls kafkajs makes to the brokers of this one consumer. */
export function spy(cluster: Cluster, seen: Seen, events: CallEvents): void {
  const known = new WeakSet<Broker>()
  const findBroker = cluster.findBroker.bind(cluster)
  const findGroupCoordinator = cluster.findGroupCoordinator.bind(cluster)

  cluster.findBroker = async (node) => {
    const broker = await findBroker(node)
    if (!known.has(broker)) {
      known.add(broker)
      spyOnBroker(cluster, broker as GroupBroker, seen, events)
    }
    return broker
  }
  cluster.findGroupCoordinator = async (group) => {
    const broker = await findGroupCoordinator(group)
    seen.coordinator = broker as GroupBroker
    return broker
  }
}

function spyOnBroker(cluster: Cluster, broker: GroupBroker, seen: Seen, events: CallEvents): void {
  const fetch = broker.fetch.bind(broker)
  const joinGroup = broker.joinGroup.bind(broker)
  const leaveGroup = broker.leaveGroup.bind(broker)
  const heartbeat = broker.heartbeat.bind(broker)

  broker.joinGroup = async (request) => {
    const answer = await joinGroup(request)
    seen.memberId = answer.memberId
    seen.generation = answer.generationId
    return answer
  }
  broker.leaveGroup = (request) => {
    seen.left = true
    return leaveGroup(request)
  }
  broker.heartbeat = (request) =>
    heartbeat(request).catch((error: unknown) => {
      if (isStaleMember(error)) endPolls(seen)
      throw error
    })
  // kafkajs would commit "latest" for the partition and read on from there, with a log line only.
  broker.fetch = async (request): Promise<unknown> => {
    try {
      const calm = performance.now() - seen.changedAtMs > CALM_AFTER_MS
      const maxWaitTime = calm ? POLL_MS.calm : POLL_MS.changing
      const answer = await endable(seen, fetch({ ...request, maxWaitTime }) as Promise<FetchAnswer>)
      if (answer.moved) {
        void relearn(cluster)
        await delay(MOVED_PAUSE_MS)
      }
      return answer
    } catch (error) {
      const lost = causes(error).find(({ name }) => name === 'KafkaJSOffsetOutOfRange')
      if (lost?.topic === undefined || lost.partition === undefined) {
        throw error
      }
      events.outOfRange(lost.topic, lost.partition)
      return { responses: [] }
    }
  }
}
