/**
 * Who of a group gets which partitions: sticky and balanced. Pure, so that its promises are tested as
 * properties. Partition numbers stand for that partition of every topic (co-partitioned).
 */

export interface Candidate {
  readonly id: string
  /** What it held at last. */
  readonly held: readonly number[]
  /** The group generation in which it got that; of two that claim a partition the later one has it. */
  readonly generation: number
}

/**
 * Gives each of the partitions 0 … count−1 to one member: counts differ by at most one, everybody
 * keeps what it held as far as balance allows, and equal input in any order gives equal output.
 */
export function assignPartitions(
  members: readonly Candidate[],
  partitionCount: number,
): ReadonlyMap<string, readonly number[]> {
  const ordered = members.toSorted((a, b) => (a.id < b.id ? -1 : 1))
  const shares = new Map<string, number[]>(ordered.map(({ id }) => [id, []]))
  const free: number[] = []
  for (let partition = 0; partition < partitionCount; partition += 1) {
    const owner = holder(ordered, partition)
    const share = owner === undefined ? undefined : shares.get(owner)
    ;(share ?? free).push(partition)
  }
  // The largest holders are allowed the one partition more, so that the fewest have to move.
  const byLoad = [...shares.values()].toSorted((a, b) => b.length - a.length)
  const base = Math.floor(partitionCount / Math.max(1, ordered.length))
  const extra = partitionCount - base * ordered.length
  const quota = (rank: number) => base + (rank < extra ? 1 : 0)
  byLoad.forEach((share, rank) => {
    free.push(...share.splice(quota(rank)))
  })
  free.sort((a, b) => a - b)
  byLoad.forEach((share, rank) => {
    share.push(...free.splice(0, quota(rank) - share.length))
    share.sort((a, b) => a - b)
  })
  return shares
}

function holder(ordered: readonly Candidate[], partition: number): string | undefined {
  let latest: Candidate | undefined
  for (const member of ordered) {
    const later = latest === undefined || member.generation > latest.generation
    if (later && member.held.includes(partition)) {
      latest = member
    }
  }
  return latest?.id
}
