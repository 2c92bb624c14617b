/**
 * How one member stays in its group: it joins, reports with every heartbeat, and joins again when the
 * answer says so. A member that was dropped (its session ended while it was frozen, say) does not know
 * before its next heartbeat; it then comes back under a new name.
 */
import type { Cancel, CommitEntry } from '../ports.ts'
import type { MemoryBroker } from './broker.ts'
import type { Share } from './group.ts'
import type { MemoryProcess } from './process.ts'
import { askCoordinator, COORDINATOR, deliver } from './question.ts'
import type { Weather } from './weather.ts'

export interface MembershipEvents {
  /** A new generation gave this member its partitions. */
  joined(share: Share): void
  /** The group rebalances, or (`dropped`) went on without this member. Joining again is under way. */
  rebalancing(dropped: boolean): void
}

export interface Membership {
  join(): void
  /** Comes back as somebody else: whatever the old member held is no longer its own. */
  renew(): void
  /** False when the commit was refused. */
  commit(entries: readonly CommitEntry[]): Promise<boolean>
  leave(): Promise<void>
}

export function membership(
  broker: MemoryBroker,
  process: MemoryProcess,
  weather: Weather,
  groupId: string,
  newMemberId: () => string,
  events: MembershipEvents,
): Membership {
  const group = broker.group(groupId)
  let memberId = newMemberId()
  let generation = 0
  let stopHeartbeat: Cancel = () => {}
  let left = false

  const send = (request: () => void): void => {
    deliver(process, weather, broker, [COORDINATOR], request)
  }
  /** Brings an answer back, unless this member has become another one or left meanwhile. */
  const answer = (of: string, run: () => void): void => {
    process.after(weather.latencyMs(COORDINATOR), () => {
      if (!left && of === memberId) run()
    })
  }
  const join = (): void => {
    stopHeartbeat()
    const asMember = memberId
    send(() => group.join(asMember, (share) => answer(asMember, () => begin(share))))
  }
  const begin = (share: Share): void => {
    generation = share.generation
    events.joined(share)
    beat()
  }
  const beat = (): void => {
    stopHeartbeat()
    stopHeartbeat = process.after(group.times.heartbeatMs, () => {
      const [asMember, of] = [memberId, generation]
      send(() => {
        const said = group.heartbeat(asMember, of)
        answer(asMember, () => of === generation && hear(said))
      })
    })
  }
  const hear = (said: 'ok' | 'rebalancing' | 'unknown'): void => {
    if (said === 'ok') {
      beat()
      return
    }
    if (said === 'unknown') memberId = newMemberId()
    events.rebalancing(said === 'unknown')
    if (!left) join()
  }
  return {
    join,
    renew() {
      const old = memberId
      send(() => group.leave(old))
      memberId = newMemberId()
    },
    commit(entries) {
      const [asMember, of] = [memberId, generation]
      const look = (): boolean => group.commit(asMember, of, entries)
      return askCoordinator(process, weather, broker, 'a commit', look)
    },
    async leave() {
      left = true
      stopHeartbeat()
      // A farewell that gets lost is no matter: the session ends by itself.
      const look = (): void => group.leave(memberId)
      await askCoordinator(process, weather, broker, 'leaving', look).catch(() => {})
    },
  }
}
