/** The same in another order each time, so that whoever is last when there is no more room is not always it. */
export function turned<T>(items: readonly T[], by: number): readonly T[] {
  const from = by % Math.max(1, items.length)
  return from === 0 ? items : [...items.slice(from), ...items.slice(0, from)]
}
