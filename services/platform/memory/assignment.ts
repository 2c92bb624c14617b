/**
 * Who of a group reads which partitions: every member about the same number, and whoever held one keeps
 * it where that is fair. Pure.
 */

/** Members in the order they joined; `previous` says who held each partition. */
export function assignSticky(
  members: readonly string[],
  partitions: number,
  previous: ReadonlyMap<number, string>,
): ReadonlyMap<string, number[]> {
  const held = new Map<string, number[]>(members.map((member) => [member, []]))
  const free: number[] = []
  for (let partition = 0; partition < partitions; partition += 1) {
    const owner = previous.get(partition)
    const share = owner === undefined ? undefined : held.get(owner)
    if (share === undefined) free.push(partition)
    else share.push(partition)
  }
  const fair = Math.floor(partitions / Math.max(1, members.length))
  let extra = partitions % Math.max(1, members.length)
  const byLoad = [...held.values()].toSorted((a, b) => b.length - a.length)
  const limits = byLoad.map((share) => {
    const limit = fair + (extra > 0 ? 1 : 0)
    extra -= 1
    return { share, limit }
  })
  for (const { share, limit } of limits) free.push(...share.splice(limit))
  for (const { share, limit } of limits) share.push(...free.splice(0, limit - share.length))
  for (const share of held.values()) share.sort((a, b) => a - b)
  return held
}
