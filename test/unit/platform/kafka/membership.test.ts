import { describe, expect, test } from 'vitest'
import { joined, NO_MEMBERSHIP } from '../../../../services/platform/kafka/membership.ts'

const first = joined(NO_MEMBERSHIP, { memberId: 'a', generation: 4, partitions: [10, 1, 2] })

describe('from one assignment to the next', () => {
  test('the first one gains everything, sorted as numbers', () => {
    expect(first.assignment).toEqual({
      epoch: 1,
      partitions: [1, 2, 10],
      gained: [1, 2, 10],
      lost: [],
    })
  })

  test('the same member in the next generation retains what it still has', () => {
    const next = joined(first.membership, { memberId: 'a', generation: 5, partitions: [2, 3] })
    expect(next.assignment).toEqual({ epoch: 2, partitions: [2, 3], gained: [3], lost: [1, 10] })
  })

  test('a missed generation or a new member id retains nothing (design §4.7)', () => {
    for (const join of [
      { memberId: 'a', generation: 6, partitions: [2, 3] },
      { memberId: 'b', generation: 5, partitions: [2, 3] },
    ]) {
      const { assignment } = joined(first.membership, join)
      expect(assignment.gained).toEqual([2, 3])
      expect(assignment.lost).toEqual([1, 10])
    }
  })

  test('a partition whose position was lost is gained again', () => {
    const join = { memberId: 'a', generation: 5, partitions: [1, 2, 10] }
    expect(joined(first.membership, join, new Set([2])).assignment.gained).toEqual([2])
  })
})
