import { describe, expect, test } from 'vitest'
import { createTurns } from '../../../services/auditor/turns.ts'
import type { Clock, LogRecord, RecordBatch } from '../../../services/platform/ports.ts'

function slowWorld(recordMs: number) {
  const later: (() => void)[] = []
  let nowMs = 0
  const clock: Clock = {
    nowMs: () => nowMs,
    after(_, run) {
      later.push(run)
      return () => undefined
    },
  }
  const turns = createTurns(clock)
  const taken: string[] = []
  const take = ({ partition, records, nextOffset }: RecordBatch): void => {
    nowMs += records.length * recordMs
    taken.push(`${partition}: ${records.map(({ offset }) => offset).join(' ')} → ${nextOffset}`)
  }
  const pass = (ms: number): void => {
    nowMs += ms
  }
  return { turns, taken, take, later, pass, now: () => nowMs }
}

function batchOf(partition: number, count: number): RecordBatch {
  const topic = 'call.routed'
  const record = { topic, partition, appendedAt: 0, key: null, value: null, headers: {} } as const
  const records = Array.from({ length: count }, (_, offset): LogRecord => ({ ...record, offset }))
  // A marker of a transaction may follow the last record.
  return { topic, partition, records, nextOffset: count + 1 }
}

describe('what the auditor has read', () => {
  test('is taken in a later turn, and many small batches in several', () => {
    const { turns, taken, take, later } = slowWorld(0.25)
    for (let partition = 0; partition < 6; partition += 1) turns.add(batchOf(partition, 2), take)
    expect(taken).toEqual([])
    later.shift()?.()
    expect(taken).toEqual(['0: 0 1 → 3', '1: 0 1 → 3'])
    later.shift()?.()
    later.shift()?.()
    expect(taken.length).toBe(6)
    expect(later).toEqual([])
  })

  test('keeps nobody waiting when it is much, and stays in order', () => {
    const { turns, taken, take, later, now } = slowWorld(1)
    turns.add(batchOf(0, 11), take)
    turns.add(batchOf(0, 1), take)
    expect(taken).toEqual([])
    expect(turns.waiting(0)).toBe(12)
    const turnsMs: number[] = []
    for (let run = later.shift(); run !== undefined; run = later.shift()) {
      const beganMs = now()
      run()
      turnsMs.push(now() - beganMs)
    }
    expect(turnsMs).toEqual([4, 4, 3, 1])
    const upTo = taken.map((one) => one.slice(one.indexOf('→')))
    expect(upTo).toEqual(['→ 4', '→ 8', '→ 12', '→ 2'])
    expect(turns.waiting(0)).toBe(0)
  })

  test('has longer turns once it has waited', () => {
    const { turns, take, later, now, pass } = slowWorld(0.25)
    turns.add(batchOf(0, 25), take)
    const turnMs = (): number => {
      const beganMs = now()
      later.shift()?.()
      return now() - beganMs
    }
    expect(turnMs()).toBe(1)
    pass(49)
    expect(turnMs()).toBe(1)
    expect(turnMs()).toBe(4)
    expect(turns.waiting(0)).toBe(1)
    turns.forget([0])
    turns.add(batchOf(0, 8), take)
    expect([turnMs(), turnMs()]).toEqual([1, 1])
    expect(turns.waiting(0)).toBe(0)
  })

  test('is dropped for partitions that changed hands', () => {
    const { turns, taken, take, later } = slowWorld(1)
    turns.add(batchOf(0, 9), take)
    turns.add(batchOf(1, 9), take)
    turns.forget([0])
    expect([turns.waiting(0), turns.waiting(1)]).toEqual([0, 9])
    for (let run = later.shift(); run !== undefined; run = later.shift()) run()
    expect(taken.map((one) => one.slice(0, 2))).toEqual(['1:', '1:', '1:'])
  })

  test('is dropped by whoever takes a piece of it, and by the end', () => {
    const { turns, taken, take, later } = slowWorld(0.1)
    turns.add(batchOf(0, 9), (piece) => {
      take(piece)
      turns.forget([0])
    })
    turns.add(batchOf(1, 1), take)
    later.shift()?.()
    expect(taken).toEqual(['0: 0 1 2 3 → 4', '1: 0 → 2'])
    expect(turns.waiting(0)).toBe(0)
    turns.add(batchOf(2, 1), take)
    turns.stop()
    later.shift()?.()
    expect(taken.length).toBe(2)
    expect(turns.waiting(2)).toBe(0)
  })
})
