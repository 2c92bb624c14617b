/** What publishing changes, and when: the comparison takes time that the notice must not pay for. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import type { PolicyPublished } from '../../../schemas/records.ts'
import { CrosspointError } from '../../../services/errors.ts'
import { changeOf } from '../../../services/policy/change.ts'
import { diff } from '../../../services/policy/diff/diff.ts'
import { openPolicy } from '../../../services/policy/load.ts'

const text = readFileSync('policy/policy.yaml', 'utf8')
const opened = openPolicy(text, { file: 'next' })
const one = (policyVersion: string, activeFrom: number): PolicyPublished => ({
  policyVersion,
  policyName: 'example',
  text,
  activeFrom,
  author: 'jo',
  reason: '',
  publishedAt: 0,
})

/** Version `a` governs from 0, `b` from 20 s on; each comparison takes 12 s. */
function world() {
  const all = [one('a', 0), one('b', 20_000)]
  let nowMs = 0
  const compared: string[] = []
  return {
    now: () => nowMs,
    compared,
    history: {
      entries: [],
      startedWith: null,
      at: (timeMs: number) => all.findLast(({ activeFrom }) => activeFrom <= timeMs) ?? null,
      after: (timeMs: number) => all.filter(({ activeFrom }) => activeFrom > timeMs),
      find: () => one('a', 0),
    },
    compare: (...policies: Parameters<typeof diff>) => {
      nowMs += 12_000
      compared.push('once')
      return { ...diff(...policies), weight: nowMs }
    },
  }
}

test('a notice counts from when the comparison is done, against what governs then', () => {
  const { history, now, compare, compared } = world()
  const change = changeOf(history, opened, () => now() + 10_000, compare)
  // First held against `a`; 12 s later it would take over from `b`.
  expect(change).toMatchObject({ activeFrom: 34_000, before: { policyVersion: 'b' }, next: null })
  expect(compared).toHaveLength(2)
})

test('a moment that is too near once all is compared is refused before anything is published', () => {
  const { history, now, compare } = world()
  const at = (): number => {
    if (now() <= 5000) return 10_000
    throw new CrosspointError('XP_POLICY_NOTICE', 'too near')
  }
  expect(() => changeOf(history, opened, at, compare)).toThrow('too near')
})
