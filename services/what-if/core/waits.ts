/** Lengths of waits, counted in buckets so that a million take no more room than ten. */

const BUCKET_MS = 10

export interface Waits {
  count: number
  sumMs: number
  /** By bucket of 10 ms. */
  readonly buckets: Map<number, number>
}

export function noWaits(): Waits {
  return { count: 0, sumMs: 0, buckets: new Map() }
}

export function addWait(waits: Waits, waitedMs: number): void {
  waits.count += 1
  waits.sumMs += waitedMs
  const bucket = Math.floor(waitedMs / BUCKET_MS)
  waits.buckets.set(bucket, (waits.buckets.get(bucket) ?? 0) + 1)
}

export function mergeWaits(into: Waits, from: Waits): void {
  into.count += from.count
  into.sumMs += from.sumMs
  for (const [bucket, count] of from.buckets) {
    into.buckets.set(bucket, (into.buckets.get(bucket) ?? 0) + count)
  }
}

export interface WaitSummary {
  readonly meanMs: number
  readonly p50Ms: number
  readonly p95Ms: number
  readonly p99Ms: number
}

/** Percentiles are exact to 10 ms, rounded up. */
export function summaryOf(waits: Waits): WaitSummary {
  const ordered = [...waits.buckets].toSorted(([a], [b]) => a - b)
  const percentile = (share: number): number => {
    let seen = 0
    for (const [bucket, count] of ordered) {
      seen += count
      if (seen >= share * waits.count) return (bucket + 1) * BUCKET_MS
    }
    return 0
  }
  const meanMs = waits.count === 0 ? 0 : Math.round(waits.sumMs / waits.count)
  return { meanMs, p50Ms: percentile(0.5), p95Ms: percentile(0.95), p99Ms: percentile(0.99) }
}
