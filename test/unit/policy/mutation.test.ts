/**
 * Slips of the hand in the example policy are noticed: a fallback deleted, two rules that matter in each
 * other's place. Which swaps matter is asked of `policy diff`.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { CrosspointError } from '../../../services/errors.ts'
import { diff } from '../../../services/policy/diff/diff.ts'
import { inspect } from '../../../services/policy/inspect/inspect.ts'
import { openPolicy } from '../../../services/policy/load.ts'
import { loadScenarioFile, runScenario } from '../../../services/policy/scenario.ts'
import { ruleIds, swapped, withoutEachFallback } from './mutate.ts'

const example = readFileSync('policy/policy.yaml', 'utf8')
const original = openPolicy(example, { file: 'policy.yaml' })
const files = readdirSync('policy/scenarios').map((file) => `policy/scenarios/${file}`)

const said = new Map<string, string | null>()

/** What `check` or `test` says of a text; null when neither notices. */
function noticed(text: string): string | null {
  const before = said.get(text)
  if (before !== undefined) return before
  const found = notice(text)
  said.set(text, found)
  return found
}

function notice(text: string): string | null {
  try {
    const opened = openPolicy(text, { file: 'policy.yaml' })
    const scenarios = files.flatMap((file) => loadScenarioFile(file, opened.policy))
    const failed = scenarios.find((scenario) => runScenario(opened.policy, scenario).length > 0)
    return failed?.name ?? inspect(opened).mistakes[0]?.message ?? null
  } catch (error) {
    if (error instanceof CrosspointError) return error.message
    throw error
  }
}

test('the example itself is not noticed', () => {
  expect(noticed(example)).toBeNull()
})

describe('deleting a fallback is noticed by check or test', () => {
  const all = withoutEachFallback(example)

  test('all fallbacks of the example are tried', () => {
    const { dependencies } = original.document
    const reasons = Object.values(dependencies).flatMap(({ fallbacks }) =>
      fallbacks.map(({ reason }) => reason),
    )
    expect(all.map(({ reason }) => reason)).toEqual(reasons)
  })

  test.each(all)('$reason', ({ text }) => {
    expect(noticed(text)).not.toBeNull()
  })
})

describe('swapping two rules is noticed by check or test where it matters', () => {
  const ids = ruleIds(example)
  const pairs = ids.flatMap((one, at) => ids.slice(at + 1).map((other) => ({ one, other })))

  test.each(pairs)('$one and $other', ({ one, other }) => {
    const text = swapped(example, one, other)
    expect(text).not.toBe(example)
    if (noticed(text) !== null) return
    const { routes } = diff(original, openPolicy(text, { file: 'swapped.yaml' }))
    expect(
      routes.map(({ from, to, example: call }) => `${from.rule} → ${to.rule}: ${call.join(', ')}`),
    ).toEqual([])
  })

  test('most swaps do matter', () => {
    const matter = pairs.filter(({ one, other }) => noticed(swapped(example, one, other)) !== null)
    expect(matter.length).toBeGreaterThan(pairs.length / 2)
  })
})
