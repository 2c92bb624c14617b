/**
 * Values of the newest keys, for what is worth remembering for a while. Two generations, of which the
 * older is dropped whole: deleting the oldest key one by one from a map that is full makes every look at
 * its beginning step over thousands of deleted places.
 */
export interface Recent<K, V> {
  get(key: K): V | undefined
  /** For a key that is not there. */
  set(key: K, value: V): void
}

/** Remembers at least the newest half of `entriesMax` keys, and never more than that many. */
export function createRecent<K, V>(entriesMax: number): Recent<K, V> {
  let younger = new Map<K, V>()
  let older = younger
  return {
    get: (key) => younger.get(key) ?? older.get(key),
    set(key, value) {
      if (younger.size >= entriesMax / 2) {
        older = younger
        younger = new Map()
      }
      younger.set(key, value)
    },
  }
}
