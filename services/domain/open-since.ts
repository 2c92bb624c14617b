/**
 * T, the append time of the oldest open record, as it stands in a commit's metadata: whoever takes
 * over finds by it what else must be read again (design §4.6).
 */

/** The metadata of a commit before which nothing appended since `openSinceMs` is finished. */
export function openSinceText(openSinceMs: number): string {
  return `T=${Math.floor(openSinceMs)}`
}

/** T of a commit, milliseconds; null when the metadata is not ours. */
export function openSince(metadata: string): number | null {
  const matched = /^T=(\d{1,15})$/u.exec(metadata)
  return matched === null ? null : Number(matched[1])
}
