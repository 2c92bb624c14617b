/**
 * What a member learns and changes in the calls that kafkajs makes to its brokers: the generation and
 * the coordinator it keeps to itself, and that a heartbeat can end a poll. Each consumer has a client and
 * thus broker objects of its own, so nobody else is touched by that.
 */
import type { Broker, Cluster } from 'kafkajs'
import { isStaleMember } from './failure.ts'
import type { Polls } from './polls.ts'

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
}

export const nothingSeen = (): Seen => ({
  coordinator: undefined,
  memberId: '',
  generation: -1,
  left: false,
})

/** Watches the calls kafkajs makes to the brokers of this one consumer. */
export function spy(cluster: Cluster, seen: Seen, polls: Pick<Polls, 'end'>): void {
  const known = new WeakSet<Broker>()
  const findBroker = cluster.findBroker.bind(cluster)
  const findGroupCoordinator = cluster.findGroupCoordinator.bind(cluster)

  cluster.findBroker = async (node) => {
    const broker = await findBroker(node)
    if (!known.has(broker)) {
      known.add(broker)
      spyOnBroker(broker as GroupBroker, seen, polls)
    }
    return broker
  }
  cluster.findGroupCoordinator = async (group) => {
    const broker = await findGroupCoordinator(group)
    seen.coordinator = broker as GroupBroker
    return broker
  }
}

function spyOnBroker(broker: GroupBroker, seen: Seen, polls: Pick<Polls, 'end'>): void {
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
      if (isStaleMember(error)) polls.end()
      throw error
    })
}
