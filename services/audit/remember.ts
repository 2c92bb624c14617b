/** A bounded memory of ids, to tell each record once although it may be stored more than once. */

/** True the first time an id is met; the oldest ids are forgotten beyond `idsMax`. */
export function rememberLatest(idsMax: number): (id: string) => boolean {
  const ids = new Set<string>()
  return (id) => {
    if (ids.has(id)) return false
    ids.add(id)
    if (ids.size > idsMax) for (const oldest of ids) return ids.delete(oldest)
    return true
  }
}
