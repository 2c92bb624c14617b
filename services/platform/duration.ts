/** Lengths of time as people give them on a command line. */
const UNIT_MS = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const

/** `90s`, `30m`, `2h`, `1d` in milliseconds; null for anything else. */
export function durationMs(text: string): number | null {
  const [, count, unit] = /^(\d{1,6})([smhd])$/u.exec(text) ?? []
  return count === undefined ? null : Number(count) * UNIT_MS[unit as keyof typeof UNIT_MS]
}
