/** Stretches of time a report counts by. Pure. */

export interface TimeBucket {
  /** Begin, Unix time. */
  readonly atMs: number
  readonly calls: number
  /** Calls by their worst reason. */
  readonly failed: number
  readonly degraded: number
  readonly state: number
}

const SECOND_MS = 1000
const MINUTE_MS = 60 * SECOND_MS
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

/** Hours, unless the range is so short or so long that hours would show nothing. */
export function bucketMsFor(rangeMs: number): number {
  if (rangeMs <= 2 * MINUTE_MS) return SECOND_MS
  if (rangeMs <= 10 * MINUTE_MS) return 5 * SECOND_MS
  if (rangeMs <= 3 * HOUR_MS) return MINUTE_MS
  return rangeMs <= 10 * DAY_MS ? HOUR_MS : DAY_MS
}

const BUCKETS_MAX = 2000

/** The buckets with those in between in which no call came; sparse beyond a bound. */
export function filledBuckets(
  buckets: readonly TimeBucket[],
  bucketMs: number,
): readonly TimeBucket[] {
  const [first, last] = [buckets[0], buckets.at(-1)]
  if (first === undefined || last === undefined) return []
  const count = (last.atMs - first.atMs) / bucketMs + 1
  if (count > BUCKETS_MAX) return buckets
  const known = new Map(buckets.map((one) => [one.atMs, one]))
  return Array.from({ length: count }, (_, index) => {
    const atMs = first.atMs + index * bucketMs
    return known.get(atMs) ?? { atMs, calls: 0, failed: 0, degraded: 0, state: 0 }
  })
}

const UNITS: readonly (readonly [ms: number, name: string])[] = [
  [DAY_MS, 'day'],
  [HOUR_MS, 'hour'],
  [MINUTE_MS, 'minute'],
  [SECOND_MS, 'second'],
]

/** `hour`, `5 seconds`. */
export function bucketName(bucketMs: number): string {
  const [ms, name] = UNITS.find(([unit]) => bucketMs >= unit) ?? [1, 'ms']
  const count = bucketMs / ms
  return count === 1 ? name : `${count} ${name}s`
}

/** The begin of a bucket for people, in UTC. */
export function bucketLabel(atMs: number, bucketMs: number): string {
  const iso = new Date(atMs).toISOString()
  if (bucketMs >= DAY_MS) return iso.slice(0, 10)
  if (bucketMs >= HOUR_MS) return `${iso.slice(5, 10)} ${iso.slice(11, 16)}`
  return bucketMs >= MINUTE_MS ? iso.slice(11, 16) : iso.slice(11, 19)
}
