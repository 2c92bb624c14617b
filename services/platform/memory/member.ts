/**
 * A consumer of a group as its service sees it: a membership and the positions it reads at. A member
 * that was dropped holds nothing when it comes back, so everything it is then given counts as gained.
 */
import { CrosspointError } from '../../errors.ts'
import type { TopicName } from '../../topology.ts'
import type { GroupConsumer, GroupHandler } from '../ports.ts'
import type { MemoryBroker } from './broker.ts'
import { membership } from './membership.ts'
import { positions } from './positions.ts'
import type { MemoryProcess } from './process.ts'
import { askCoordinator } from './question.ts'
import type { Weather } from './weather.ts'

export interface MemoryMember extends GroupConsumer {
  /** The coordinator is lost: the consumer tells its service and builds itself anew. */
  interrupt(): void
}

export function memoryMember(
  broker: MemoryBroker,
  process: MemoryProcess,
  weather: Weather,
  groupId: string,
  topics: readonly TopicName[],
  newMemberId: () => string,
): MemoryMember {
  let handler: GroupHandler | null = null
  let epoch = 0
  let held: readonly number[] = []
  /** What it had when it was dropped, to be told as lost with the next assignment. */
  let dropped: readonly number[] = []

  const reading = positions(broker, process, weather, topics, (batch) => handler?.records(batch))
  const member = membership(broker, process, weather, groupId, newMemberId, {
    joined({ partitions }) {
      epoch += 1
      const before = new Set(held)
      const gained = partitions.filter((partition) => !before.has(partition))
      const had = [...held, ...dropped]
      const lost = had.filter((partition) => !partitions.includes(partition))
      held = partitions
      dropped = []
      reading.assign(partitions, gained)
      handler?.assigned({ epoch, partitions, gained, lost })
      reading.go()
    },
    rebalancing(wasDropped) {
      reading.halt()
      if (wasDropped) forget()
      handler?.revoking()
    },
  })
  const forget = (): void => {
    dropped = [...dropped, ...held]
    held = []
  }
  return {
    start(given) {
      handler = given
      member.join()
      return Promise.resolve()
    },
    seek: (topic, partition, offset) => reading.seek(topic, partition, offset),
    pause: (topic, partitions) => reading.pause(topic, partitions),
    resume: (topic, partitions) => reading.resume(topic, partitions),
    async commit(entries) {
      if (await member.commit(entries)) return
      const named = entries.map(({ topic, partition }) => `${topic}-${partition}`).join(', ')
      throw new CrosspointError('XP_COMMIT_STALE', `the commit of ${named} came too late`)
    },
    committed: (topic) =>
      askCoordinator(process, weather, broker, 'committed offsets', () =>
        broker.group(groupId).committed(topic),
      ),
    stop() {
      reading.halt()
      handler = null
      return member.leave()
    },
    interrupt() {
      if (handler === null) return
      reading.halt()
      forget()
      member.renew()
      handler.interrupted(new CrosspointError('XP_CONSUMER_FAILED', 'the coordinator is lost'))
      member.join()
    },
  }
}
