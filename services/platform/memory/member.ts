/**
 * The client's side of a consumer group: one member with its positions, pauses and fetches.
 *
 * It joins, reads what it was given, reports with every heartbeat, and joins again when the answer says
 * so. A member that was dropped (its session ended while it was frozen, say) goes on reading until its
 * next heartbeat tells it; it then comes back as a new member that holds nothing, so that everything it
 * is given counts as gained.
 */
import { CrosspointError } from '../../errors.ts'
import type { TopicName } from '../../topology.ts'
import type { Cancel, CommitEntry, GroupConsumer, GroupHandler } from '../ports.ts'
import type { MemoryBroker } from './broker.ts'
import type { Share } from './group.ts'
import { positions } from './positions.ts'
import type { MemoryProcess } from './process.ts'
import type { Weather } from './weather.ts'

/** Which broker coordinates groups and answers questions; any would do. */
const COORDINATOR = 0

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
  const group = broker.group(groupId)
  const reading = positions(broker, process, weather, topics, (batch) => handler?.records(batch))
  let handler: GroupHandler | null = null
  let memberId = newMemberId()
  let generation = 0
  let epoch = 0
  let held: readonly number[] = []
  let stopHeartbeat: Cancel = () => {}
  let stopped = false

  const request = (ask: () => void): Cancel =>
    broker.time.after(weather.latencyMs(COORDINATOR), () => ask())
  const answer = (run: () => void): void => {
    process.after(weather.latencyMs(COORDINATOR), () => {
      if (!stopped) run()
    })
  }
  const join = (): void => {
    reading.halt()
    stopHeartbeat()
    const asMember = memberId
    request(() => {
      group.join(asMember, (share) => answer(() => asMember === memberId && begin(share)))
    })
  }
  const begin = (share: Share): void => {
    generation = share.generation
    epoch += 1
    const before = new Set(held)
    const partitions = share.partitions
    const gained = partitions.filter((partition) => !before.has(partition))
    const lost = held.filter((partition) => !partitions.includes(partition))
    held = partitions
    reading.assign(partitions, gained)
    handler?.assigned({ epoch, partitions, gained, lost })
    reading.go()
    beat()
  }
  const beat = (): void => {
    stopHeartbeat = process.after(group.times.heartbeatMs, () => {
      const of = generation
      const asMember = memberId
      request(() => {
        const said = group.heartbeat(asMember, of)
        answer(() => {
          if (asMember !== memberId || of !== generation) return
          if (said === 'ok') beat()
          else again(said === 'unknown')
        })
      })
    })
  }
  const again = (dropped: boolean): void => {
    reading.halt()
    if (dropped) forget()
    handler?.revoking()
    join()
  }
  const forget = (): void => {
    held = []
    memberId = newMemberId()
  }

  return {
    start(given) {
      handler = given
      join()
      return Promise.resolve()
    },
    seek: reading.seek,
    pause: reading.pause,
    resume: reading.resume,
    commit: (entries) =>
      commitAs(memberId, generation, entries, (asMember, of) =>
        group.commit(asMember, of, entries),
      ),
    committed: (topic) =>
      ask(process, weather, broker, 'committed offsets', () => group.committed(topic)),
    stop() {
      stopped = true
      stopHeartbeat()
      reading.halt()
      const asMember = memberId
      return new Promise((resolve) => {
        request(() => {
          group.leave(asMember)
          process.after(weather.latencyMs(COORDINATOR), resolve)
        })
      })
    },
    interrupt() {
      if (stopped || handler === null) return
      const left = memberId
      request(() => group.leave(left))
      forget()
      reading.halt()
      handler.interrupted(new CrosspointError('XP_CONSUMER_FAILED', 'the coordinator is lost'))
      join()
    },
  }

  async function commitAs(
    asMember: string,
    of: number,
    entries: readonly CommitEntry[],
    commit: (asMember: string, of: number) => boolean,
  ): Promise<void> {
    const done = await ask(process, weather, broker, 'a commit', () => commit(asMember, of))
    if (done) return
    const named = entries.map(({ topic, partition }) => `${topic}-${partition}`).join(', ')
    throw new CrosspointError('XP_COMMIT_STALE', `the commit of ${named} came too late`)
  }
}

/** Asks a broker and brings its answer back into the process; a lost question rejects after 4 s. */
export function ask<T>(
  process: MemoryProcess,
  weather: Weather,
  broker: MemoryBroker,
  what: string,
  look: () => T,
): Promise<T> {
  return new Promise((resolve, reject) => {
    if (weather.loses()) {
      const error = new CrosspointError('XP_BROKER_UNREACHABLE', `no broker answered about ${what}`)
      process.after(4000, () => reject(error))
      return
    }
    broker.time.after(weather.latencyMs(COORDINATOR), () => {
      const found = look()
      process.after(weather.latencyMs(COORDINATOR), () => resolve(found))
    })
  })
}
