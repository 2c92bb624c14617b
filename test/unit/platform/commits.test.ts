import { expect, test } from 'vitest'
import { openSince, openSinceText } from '../../../services/domain/open-since.ts'
import { keepCommits, type Released } from '../../../services/platform/commits.ts'
import type { CommitEntry } from '../../../services/platform/ports.ts'

function group() {
  const committed: (readonly CommitEntry[])[] = []
  const state = { refuses: false }
  return {
    committed,
    state,
    commit: (entries: readonly CommitEntry[]) => {
      if (state.refuses) return Promise.reject(new Error('stale'))
      committed.push(entries)
      return Promise.resolve()
    },
  }
}

const released = (partition: number, offset: number): Released => ({
  topic: 'call.arrived',
  partition,
  offset,
  openSinceMs: 1000,
})

test('a failed commit is owed until it succeeds, the newest position of each partition', async () => {
  const to = group()
  const moves = [[released(0, 5), released(1, 7)], [released(0, 6)], []]
  const commits = keepCommits(to, () => moves.shift() ?? [])
  to.state.refuses = true
  await commits.flush()
  to.state.refuses = false
  await commits.flush()
  await commits.flush()
  expect(to.committed.map((entries) => entries.map((one) => [one.partition, one.offset]))).toEqual([
    [
      [0, 6],
      [1, 7],
    ],
  ])
})

test('nothing is owed for partitions that changed hands', async () => {
  const to = group()
  const commits = keepCommits(to, () => [])
  commits.owe(released(0, 5))
  commits.owe(released(1, 7))
  commits.forget([0])
  await commits.flush()
  expect(to.committed.flat().map((one) => one.partition)).toEqual([1])
})

test('T survives the way through a commit, and strange metadata is no T', () => {
  expect(openSince(openSinceText(1234.9))).toBe(1234)
  for (const strange of ['', 'T=', 'T=-1', '1234', 'T=1e3', 'T=12345678901234567']) {
    expect(openSince(strange)).toBeNull()
  }
})
