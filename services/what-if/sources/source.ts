/** Where recordings come from: the audit topics, or a folder that `audit export` wrote. */
import type { DecisionAudited, LookupArrivedLate } from '../../../schemas/records.ts'

/** Whose records to read: partitions p with p mod `count` equal to `index`. */
export interface Shard {
  readonly index: number
  readonly count: number
}

export function isIn({ index, count }: Shard, partition: number): boolean {
  return partition % count === index
}

export interface Recorded<T> {
  /** Null where the record can't be read. */
  readonly value: T | null
  /** For people. */
  readonly where: string
}

export interface RecordingSource {
  /** How many records there are to read, for progress and for parting the work. */
  size(): Promise<{ readonly decisions: number; readonly late: number }>
  /** The policies' texts by version, the one that was put down last as the last. */
  policyTexts(): Promise<ReadonlyMap<string, string>>
  late(shard: Shard, onRecord: (read: Recorded<LookupArrivedLate>) => void): Promise<void>
  decisions(shard: Shard, onRecord: (read: Recorded<DecisionAudited>) => void): Promise<void>
}

/** How to open a source; plain values, so that a worker can be told. */
export type SourceSpec =
  | { readonly kind: 'folder'; readonly path: string }
  | { readonly kind: 'topics'; readonly from: 'start' | { readonly timeMs: number } }
