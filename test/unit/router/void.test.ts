import { expect, test } from 'vitest'
import { arrived, core, T0 } from './core-world.ts'

test('§4.7 a decision acknowledged as void is made again, of the same answers', () => {
  const { run, decisions, acknowledge, state } = core()
  run(arrived(1, 'call-1', T0), T0)
  run({ type: 'tick', overdueMax: 1 }, T0 + 2400)
  acknowledge(0, 30_001)
  expect(state().open.size).toBe(1)
  const told = decisions().map(({ lookups }) => lookups.map(({ outcome }) => outcome))
  expect(told[1]).toEqual(told[0])
  acknowledge(1, 30_000)
  expect(state().open.size).toBe(0)
  expect(decisions()).toHaveLength(2)
})
