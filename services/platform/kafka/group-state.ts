/** What a group consumer knows of itself; the files beside it work on this. */
import type { TopicName } from '../../topology.ts'
import type { Cancel, GroupHandler, LogOffsets } from '../ports.ts'
import type { KafkaOptions } from './connection.ts'
import type { FetchRounds } from './fetch/rounds.ts'
import type { Member } from './member.ts'
import { type Membership, NO_MEMBERSHIP } from './membership.ts'
import { createOffsets } from './offsets.ts'
import { createPositions, type Positions } from './positions.ts'
import type { Wire } from './wire.ts'

export interface GroupState {
  readonly options: KafkaOptions
  readonly wire: Wire
  readonly offsets: LogOffsets
  /** As the service names it, and as it is called on the brokers. */
  readonly groupId: string
  readonly group: string
  readonly topics: readonly TopicName[]
  readonly rounds: FetchRounds
  readonly positions: Positions
  handler: GroupHandler | undefined
  member: Member | undefined
  membership: Membership
  /** From `revoking` to `assigned`: nothing may reach the handler. */
  revoked: boolean
  stopped: boolean
  rebuilding: boolean
  aliveAtMs: number
  cancelWatch: Cancel
}

export function createGroupState(
  options: KafkaOptions,
  wire: Wire,
  groupId: string,
  topics: readonly TopicName[],
  rounds: FetchRounds,
): GroupState {
  return {
    options,
    wire,
    offsets: createOffsets(wire),
    groupId,
    group: wire.names.group(groupId),
    topics,
    rounds,
    positions: createPositions(),
    handler: undefined,
    member: undefined,
    membership: NO_MEMBERSHIP,
    revoked: true,
    stopped: false,
    rebuilding: false,
    aliveAtMs: 0,
    cancelWatch: () => undefined,
  }
}
