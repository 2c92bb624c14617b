/** What the skeleton needs of a client: the least that a topology can be made of. */
import type { TopicName } from '../../../services/topology.ts'

/** Who waits for what is appended. */
export type Purpose = 'decisions' | 'audit'

export interface FloorClient {
  /** Reads a group's topics from their ends, and commits once a second; resolves when it reads. */
  follow(
    groupId: string,
    topics: readonly TopicName[],
    onRecord: (partition: number, key: string) => void,
  ): Promise<void>
  append(
    purpose: Purpose,
    topic: TopicName,
    partition: number,
    key: string,
    value: Uint8Array,
  ): void
  close(): Promise<void>
}

export const COMMIT_EVERY_MS = 1000
