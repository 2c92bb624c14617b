/**
 * An estimate of broker time (design §4.3), from what the brokers say anyway: every acknowledgement
 * carries the append time, and the append happened between sending and acknowledgement. The sample with
 * the smallest round trip of the last seconds is used, so a step of the host's wall clock changes
 * nothing and a slow answer spoils nothing; an older one where all of them were slow. A record that was read is a lower bound: broker time has
 * reached its append time. Pure; host times are of a monotonic clock. All times in milliseconds.
 */

interface AckTimes {
  readonly appendedAt: number
  readonly sentAtHostMs: number
  readonly ackedAtHostMs: number
}

export interface BrokerTime {
  /** Takes in an acknowledgement. */
  acknowledged(ack: AckTimes): void
  /** Takes in that a record appended at `appendedAt` had been read at `hostMs`. */
  consumed(appendedAt: number, hostMs: number): void
  /** Broker time at `hostMs`, never less than any record read; NaN before anything is known. */
  now(hostMs: number): number
  /** How far `now` may be off, either way, clock drift included; Infinity before an acknowledgement. */
  errorMs(hostMs: number): number
  /** True once something was acknowledged, however long ago. */
  known(): boolean
  /** True when something was acknowledged within the last seconds: no probe is needed. */
  fresh(hostMs: number): boolean
}

export interface BrokerTimeOptions {
  /** How long a sample is used, in four steps. */
  readonly windowMs?: number
  /** How old the last acknowledgement may be. */
  readonly freshMs?: number
}

/** Quartz clocks of two machines part by less than this. */
const DRIFT = 2e-4
const BUCKETS = 4
/** An old sample is believed rather than a new one that may be off by so much more. */
const BELIEVED_MS = 100
/** Append times are whole milliseconds, rounded down. */
const GRAIN_MS = 1

interface Bucket {
  number: number
  /** Broker minus host, and how far that may be off. */
  offsetMs: number
  spreadMs: number
  atHostMs: number
  /** Greatest append time minus host time of reading. */
  atLeastMs: number
}

export function createBrokerTime(options: BrokerTimeOptions = {}): BrokerTime {
  const { windowMs = 10_000, freshMs = 5000 } = options
  const bucketMs = windowMs / BUCKETS
  const buckets: Bucket[] = []
  /** Kept beyond the window: an old estimate that drifts is better than none. */
  let last: Bucket | null = null
  /**
   * The surest sample so far, by what it may have drifted since: after a broker stood still, all that is
   * new took seconds, and half of that is how far it may be off.
   */
  let anchor: Bucket | null = null
  let heardAtHostMs = -Infinity

  const bucketAt = (hostMs: number): Bucket => {
    const number = Math.floor(hostMs / bucketMs)
    const newest = buckets.at(-1)
    // Two clocks readings may come in the wrong order by a hair; the newest bucket takes both.
    if (newest !== undefined && newest.number >= number) return newest
    const bucket = emptyBucket(number, hostMs)
    buckets.push(bucket)
    while ((buckets[0]?.number ?? number) <= number - BUCKETS) buckets.shift()
    return bucket
  }
  /** The surest sample of the window; when there is none, the last there was. */
  const best = (hostMs: number): Bucket | null => {
    const oldest = Math.floor(hostMs / bucketMs) - BUCKETS
    let found: Bucket | null = null
    for (const bucket of buckets) {
      if (bucket.spreadMs === Infinity || bucket.number <= oldest) continue
      if (found === null || spreadAt(bucket, hostMs) < spreadAt(found, hostMs)) found = bucket
    }
    const newest = found ?? last
    if (newest === null || anchor === null) return newest
    const gained = spreadAt(newest, hostMs) - spreadAt(anchor, hostMs)
    return gained > BELIEVED_MS ? anchor : newest
  }
  const atLeast = (hostMs: number): number => {
    const oldest = Math.floor(hostMs / bucketMs) - BUCKETS
    let bound = -Infinity
    for (const bucket of buckets) {
      if (bucket.number > oldest) bound = Math.max(bound, bucket.atLeastMs)
    }
    return bound
  }

  return {
    acknowledged({ appendedAt, sentAtHostMs, ackedAtHostMs }) {
      const bucket = bucketAt(ackedAtHostMs)
      const spreadMs = (ackedAtHostMs - sentAtHostMs + GRAIN_MS) / 2
      heardAtHostMs = Math.max(heardAtHostMs, ackedAtHostMs)
      if (spreadMs >= bucket.spreadMs) return
      bucket.spreadMs = spreadMs
      bucket.offsetMs = appendedAt + GRAIN_MS / 2 - (sentAtHostMs + ackedAtHostMs) / 2
      bucket.atHostMs = ackedAtHostMs
      last = bucket
      if (anchor === null || spreadMs <= spreadAt(anchor, ackedAtHostMs)) anchor = { ...bucket }
    },
    consumed(appendedAt, hostMs) {
      const bucket = bucketAt(hostMs)
      bucket.atLeastMs = Math.max(bucket.atLeastMs, appendedAt - hostMs)
    },
    now(hostMs) {
      const sample = best(hostMs)
      const bound = atLeast(hostMs)
      if (sample !== null) return hostMs + Math.max(sample.offsetMs, bound)
      return bound === -Infinity ? Number.NaN : hostMs + bound
    },
    errorMs(hostMs) {
      const sample = best(hostMs)
      return sample === null ? Infinity : spreadAt(sample, hostMs)
    },
    known: () => last !== null,
    fresh: (hostMs) => hostMs - heardAtHostMs <= freshMs,
  }
}

const emptyBucket = (number: number, hostMs: number): Bucket => ({
  number,
  offsetMs: 0,
  spreadMs: Infinity,
  atHostMs: hostMs,
  atLeastMs: -Infinity,
})

/** How far a sample may be off by now. */
const spreadAt = ({ spreadMs, atHostMs }: Bucket, hostMs: number): number =>
  spreadMs + Math.max(0, hostMs - atHostMs) * DRIFT
