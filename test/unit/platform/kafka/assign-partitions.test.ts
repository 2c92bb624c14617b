import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  assignPartitions,
  type Candidate,
} from '../../../../services/platform/kafka/assign-partitions.ts'

const PARTITIONS = 24

const member = fc.record({
  held: fc.uniqueArray(fc.nat(PARTITIONS + 5), { maxLength: PARTITIONS }),
  generation: fc.integer({ min: -1, max: 5 }),
})
const group = fc
  .array(member, { minLength: 1, maxLength: 9 })
  .map((members): Candidate[] => members.map((each, index) => ({ ...each, id: `m${index}` })))
const count = fc.nat(PARTITIONS)

const sharesOf = (members: readonly Candidate[], partitions: number) => [
  ...assignPartitions(members, partitions).values(),
]

describe('co-partitioned assignment', () => {
  test('is complete and disjoint: each partition has one owner', () => {
    fc.assert(
      fc.property(group, count, (members, partitions) => {
        const given = sharesOf(members, partitions).flat()
        expect(given.toSorted((a, b) => a - b)).toEqual([...Array(partitions).keys()])
      }),
    )
  })

  test('is balanced within one', () => {
    fc.assert(
      fc.property(group, count, (members, partitions) => {
        const sizes = sharesOf(members, partitions).map((share) => share.length)
        expect(sizes).toHaveLength(members.length)
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1)
      }),
    )
  })

  test('does not depend on the order of the members', () => {
    fc.assert(
      fc.property(group, count, (members, partitions) => {
        const there = assignPartitions(members, partitions)
        const back = assignPartitions(members.toReversed(), partitions)
        for (const [id, share] of there) expect(back.get(id)).toEqual(share)
      }),
    )
  })

  test('moves the fewest partitions that balance allows', () => {
    fc.assert(
      fc.property(group, count, (members, partitions) => {
        const loads = claims(members, partitions)
        // With the largest holders granted the larger quotas, this many can stay at most.
        const base = Math.floor(partitions / members.length)
        const extra = partitions % members.length
        const most = loads
          .map((held) => held.length)
          .toSorted((a, b) => b - a)
          .reduce((sum, load, rank) => sum + Math.min(load, base + (rank < extra ? 1 : 0)), 0)
        const shares = assignPartitions(members, partitions)
        const stayed = members.reduce(
          (sum, { id }, index) =>
            sum + (loads[index] ?? []).filter((p) => shares.get(id)?.includes(p)).length,
          0,
        )
        expect(stayed).toBe(most)
      }),
    )
  })

  test('a balanced group whose members all stay moves nothing', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9 }), count, (size, partitions) => {
        const fresh = Array.from({ length: size }, (_, index) => {
          return { id: `m${index}`, held: [], generation: -1 }
        })
        const first = assignPartitions(fresh, partitions)
        const settled = fresh.map(({ id }) => ({ id, held: first.get(id) ?? [], generation: 1 }))
        expect(assignPartitions(settled, partitions)).toEqual(first)
      }),
    )
  })

  test('no member, no partition: nothing to give', () => {
    expect(assignPartitions([], 12).size).toBe(0)
    expect(sharesOf([{ id: 'a', held: [], generation: -1 }], 0)).toEqual([[]])
  })
})

/** What each member rightly claims: of two that held a partition the one of the later generation. */
function claims(members: readonly Candidate[], partitions: number): number[][] {
  const owner = (partition: number): Candidate | undefined =>
    members
      .filter(({ held }) => held.includes(partition))
      .toSorted((a, b) => b.generation - a.generation || (a.id < b.id ? -1 : 1))[0]
  return members.map((each) =>
    [...Array(partitions).keys()].filter((partition) => owner(partition) === each),
  )
}
