import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createLastingMap, type LastingMap } from '../../../services/domain/lasting-map.ts'

const key = fc.oneof(
  fc.integer({ min: 0, max: 40 }),
  fc.constantFrom(2 ** 31, 2 ** 32, 2 ** 40 + 1, -1),
  fc.integer({ min: 0, max: 40 }).map((n) => `call-${n}/1`),
)
const step = fc.oneof(
  { weight: 3, arbitrary: fc.tuple(fc.constant('set' as const), key) },
  { weight: 2, arbitrary: fc.tuple(fc.constant('delete' as const), key) },
)

/** Holds ten at a time of a thousand; gives references to those that went. A frame of its own holds none. */
function comeAndGo(map: LastingMap<number, object>): readonly WeakRef<object>[] {
  const gone: WeakRef<object>[] = []
  for (let at = 0; at < 1000; at += 1) {
    map.set(at, { at })
    const old = map.get(at - 10)
    if (old === undefined) continue
    gone.push(new WeakRef(old))
    map.delete(at - 10)
  }
  return gone
}

describe('a map that lasts', () => {
  test('is a Map in all that it can do, order included', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
        const ours = createLastingMap<string | number, number>()
        const theirs = new Map<string | number, number>()
        for (const [at, [what, which]] of steps.entries()) {
          if (what === 'set') {
            ours.set(which, at)
            theirs.set(which, at)
          } else expect(ours.delete(which)).toBe(theirs.delete(which))
          expect(ours.size).toBe(theirs.size)
          expect(ours.get(which)).toBe(theirs.get(which))
          expect(ours.has(which)).toBe(theirs.has(which))
          expect(ours.oldest()).toBe(theirs.values().next().value)
        }
        expect([...ours]).toEqual([...theirs])
        expect([...ours.values()]).toEqual([...theirs.values()])
      }),
    )
  })

  test('gives all the rest when the one at hand is deleted on the way', () => {
    const map = createLastingMap<number, string>()
    for (let at = 0; at < 100; at += 1) map.set(at, `v${at}`)
    const seen: number[] = []
    for (const [at] of map) {
      seen.push(at)
      map.delete(at)
    }
    expect(seen).toEqual(Array.from({ length: 100 }, (_, at) => at))
    expect(map.size).toBe(0)
  })

  test('lets go of what was deleted, and takes its place again', async () => {
    setFlagsFromString('--expose-gc')
    const collect = runInNewContext('gc') as () => void
    const map = createLastingMap<number, object>()
    const gone = comeAndGo(map)
    expect(gone).toHaveLength(990)
    // In the turn that made it, a weak reference keeps what it refers to.
    await new Promise((resolve) => void setImmediate(resolve))
    collect()
    expect(gone.filter((one) => one.deref() !== undefined)).toEqual([])
    expect(map.size).toBe(10)
  })
})
