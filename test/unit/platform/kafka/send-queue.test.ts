import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createSendQueue } from '../../../../services/platform/kafka/send-queue.ts'

const LIMITS = { recordsPerPartition: 3, bytesPerRequest: 100 }
const entry = (item: number, bytes = 10) => ({ item, bytes })

describe('the send queue', () => {
  test('a partition travels in one request at a time', () => {
    const queue = createSendQueue<number>()
    queue.push('call.arrived', 0, entry(1))
    const [part] = queue.take(queue.ready(), LIMITS)
    queue.push('call.arrived', 0, entry(2))
    expect(queue.ready()).toEqual([])
    if (part !== undefined) queue.done(part)
    expect(queue.ready()).toHaveLength(1)
  })

  test('what came back goes first again, once released, one by one where a culprit is sought', () => {
    const queue = createSendQueue<number>()
    for (const item of [1, 2, 3]) queue.push('call.arrived', 0, entry(item))
    const [part] = queue.take(queue.ready(), LIMITS)
    queue.push('call.arrived', 0, entry(4))
    if (part === undefined) throw new Error('nothing was taken')
    queue.back(part, true)
    expect(queue.ready()).toEqual([])
    queue.release(part)
    const taken: number[][] = []
    while (queue.size() > 0) {
      const [next] = queue.take(queue.ready(), LIMITS)
      if (next === undefined) break
      taken.push(next.entries.map(({ item }) => item))
      queue.done(next)
    }
    expect(taken).toEqual([[1], [2], [3], [4]])
  })

  test('keeps the order within a partition and the limits of a request, whatever fails', () => {
    const action = fc.constantFrom('push', 'take', 'done', 'back')
    const step = fc.record({
      action,
      partition: fc.nat(2),
      bytes: fc.integer({ min: 1, max: 120 }),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const queue = createSendQueue<number>()
        const underWay: ReturnType<typeof queue.take> = []
        const done = new Map<number, number[]>()
        let serial = 0
        for (const { action: what, partition, bytes } of steps) {
          if (what === 'push') queue.push('call.arrived', partition, entry((serial += 1), bytes))
          if (what === 'take') {
            const parts = queue.take(queue.ready(), LIMITS)
            const entries = parts.flatMap((part) => part.entries)
            const size = entries.reduce((sum, each) => sum + each.bytes, 0)
            expect(size <= LIMITS.bytesPerRequest || entries.length === 1).toBe(true)
            for (const part of parts) expect(part.entries.length).toBeLessThanOrEqual(3)
            underWay.push(...parts)
          }
          const part = what === 'done' || what === 'back' ? underWay.shift() : undefined
          if (part !== undefined && what === 'done') {
            queue.done(part)
            const items = part.entries.map(({ item }) => item)
            done.set(part.partition, [...(done.get(part.partition) ?? []), ...items])
          }
          if (part !== undefined && what === 'back') {
            queue.back(part, bytes % 2 === 0)
            queue.release(part)
          }
        }
        for (const items of done.values()) expect(items).toEqual(items.toSorted((a, b) => a - b))
      }),
    )
  })
})
