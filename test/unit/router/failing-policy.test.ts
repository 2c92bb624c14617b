import { describe, expect, test } from 'vitest'
import type { Policy } from '../../../services/policy/policy.ts'
import { arrived, core, dependencies, settled, T0 } from './core-world.ts'
import { policy } from './shell-world.ts'

const fail = (): never => {
  throw new TypeError('what a source said')
}

function failing(parts: Partial<Policy>) {
  const one = core({ policyAt: () => ({ ...policy, ...parts }) })
  return { ...one, tick: (now: number) => one.run({ type: 'tick', overdueMax: 10 }, now) }
}

describe('§4.1 a policy that fails leaves no caller in silence', () => {
  test('one that throws whatever is asked is given the default route once all is known', () => {
    const { run, decisions } = failing({ decide: fail })
    run(arrived(1, 'call-1', T0), T0)
    expect(decisions()).toEqual([])
    dependencies.forEach((name, at) => run(settled(at, 'call-1', name, T0 + 10), T0 + 10))
    const [decision, ...others] = decisions()
    expect(others).toEqual([])
    expect(decision).toMatchObject({ trigger: 'UNREADABLE', target: { id: 'general' } })
    expect(decision?.detail).toBe('the policy failed on this call')
    expect(JSON.stringify(decision)).not.toContain('what a source said')
  })

  test('one whose answers do not come is decided by its deadline', () => {
    const { run, tick, decisions, acknowledge } = failing({ decide: fail })
    run(arrived(1, 'call-1', T0), T0)
    run(arrived(2, 'call-2', T0), T0)
    tick(T0 + 2300)
    expect(decisions().map(({ trigger }) => trigger)).toEqual(['UNREADABLE', 'UNREADABLE'])
    acknowledge()
    tick(T0 + 9000)
    expect(decisions()).toHaveLength(2)
  })

  test('one that throws before all answers are there may decide with them', () => {
    const decide: Policy['decide'] = (question) =>
      question.lookups.includes(null) ? fail() : policy.decide(question)
    const { run, decisions } = failing({ decide })
    run(arrived(1, 'call-1', T0), T0)
    dependencies.forEach((name, at) => run(settled(at, 'call-1', name, T0 + 10), T0 + 10))
    expect(decisions().map(({ trigger }) => trigger)).toEqual(['ALL_SETTLED'])
  })

  test('one that gives no route, or throws on the arrival, is given the default route', () => {
    for (const parts of [{ decide: () => null }, { classify: fail }]) {
      const { run, tick, decisions } = failing(parts)
      run(arrived(1, 'call-1', T0), T0)
      tick(T0 + 2300)
      expect(decisions()).toHaveLength(1)
      expect(decisions()[0]).toMatchObject({ trigger: 'UNREADABLE', target: { id: 'general' } })
    }
  })

  test('one that throws on the screen routes as it would', () => {
    const { run, tick, decisions } = failing({ screen: fail })
    run(arrived(1, 'call-1', T0), T0)
    tick(T0 + 2300)
    expect(decisions()[0]).toMatchObject({ trigger: 'DEADLINE', context: {} })
  })
})
