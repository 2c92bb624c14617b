/** When services had read everything again. Pure. */

/** What was unread at a moment: records by service, of those that ran. */
export interface LagSample {
  readonly atMs: number
  readonly records: Readonly<Record<string, number>>
}

export interface CatchUp {
  /** From healing until each service had been seen at zero; null when one never was. */
  readonly tookMs: number | null
  /** The service that was last, or those that never were. */
  readonly last: readonly string[]
}

/**
 * Each service by itself: while calls come, some record of some service is unread at almost any moment,
 * which is no backlog. A service counts when it ran at the last look.
 */
export function catchUpOf(samples: readonly LagSample[], healedAtMs: number): CatchUp {
  const after = samples.filter(({ atMs }) => atMs >= healedAtMs)
  const firstZeros = Object.keys(after.at(-1)?.records ?? {}).map((name) => ({
    name,
    atMs: after.find(({ records }) => records[name] === 0)?.atMs ?? null,
  }))
  const never = firstZeros.filter(({ atMs }) => atMs === null).map(({ name }) => name)
  if (never.length > 0 || firstZeros.length === 0) return { tookMs: null, last: never }
  const atMs = Math.max(...firstZeros.map((one) => one.atMs ?? 0))
  const last = firstZeros.filter((one) => one.atMs === atMs).map(({ name }) => name)
  return { tookMs: atMs - healedAtMs, last }
}
