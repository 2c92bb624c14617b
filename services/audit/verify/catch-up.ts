/** When services had read everything again. Pure. */

/** What was unread at a moment: records by service, of those that ran. */
export interface LagSample {
  readonly atMs: number
  readonly records: Readonly<Record<string, number>>
}

export interface CatchUp {
  /** From healing until each service had been seen without a backlog; null when one never was. */
  readonly tookMs: number | null
  /** The service that was last, or those that never were. */
  readonly last: readonly string[]
}

/**
 * Each service by itself, of those that ran at the last look. While calls come some record is unread at any
 * moment: what a service is given in a second (`onTheWay`) is no backlog. It has caught up at the first look
 * after the last one at which more was unread, and at the last of all nothing may be.
 */
export function catchUpOf(
  samples: readonly LagSample[],
  healedAtMs: number,
  onTheWay: (service: string) => number,
): CatchUp {
  const after = samples.filter(({ atMs }) => atMs >= healedAtMs)
  const last = after.at(-1)?.records ?? {}
  const caughtUp = Object.keys(last).map((name) => {
    const behind = after.findLastIndex(({ records }) => (records[name] ?? 0) > onTheWay(name))
    return { name, atMs: last[name] === 0 ? (after[behind + 1]?.atMs ?? null) : null }
  })
  const never = caughtUp.filter(({ atMs }) => atMs === null).map(({ name }) => name)
  if (never.length > 0 || caughtUp.length === 0) return { tookMs: null, last: never }
  const atMs = Math.max(...caughtUp.map((one) => one.atMs ?? 0))
  const latest = caughtUp.filter((one) => one.atMs === atMs).map(({ name }) => name)
  return { tookMs: atMs - healedAtMs, last: latest }
}
