/** `policy explain`: what it says is what the policy does, in words that name facts. */
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { explain } from '../../../services/policy/explain/explain.ts'
import { openPolicyFile } from '../../../services/policy/load.ts'
import { loadScenarios, questionOf } from '../../../services/policy/scenario.ts'
import { arrivalFacts, arrivedAt, mask, settledLookups } from './arbitrary.ts'
import { crosspoint } from './console.ts'

const opened = openPolicyFile('policy/policy.yaml')
const { policy } = opened

const said = async (scenario: string): Promise<string> => {
  const subject = ['--policy', 'policy/policy.yaml', '--scenario', scenario]
  const { out } = await crosspoint('policy', 'explain', ...subject)
  return out
}

test('the rule that is told last is the one that decides; all above it are false', () => {
  const questions = fc.record({
    arrival: arrivalFacts,
    arrivedAt,
    lookups: settledLookups(policy),
    seen: mask(policy),
  })
  fc.assert(
    fc.property(questions, ({ seen, ...question }) => {
      const lookups = question.lookups.map((lookup, at) => (seen[at] === true ? lookup : null))
      const verdict = policy.decide({ ...question, lookups })
      const { rules, notReached, ...told } = explain(opened, { ...question, lookups })
      expect(told.verdict).toEqual(verdict)
      expect(rules.slice(0, -1).every(({ held }) => held === 'FALSE')).toBe(true)
      expect(rules.length + notReached.length).toBe(opened.document.rules.length + 1)
      if (verdict !== null) expect(rules.at(-1)).toMatchObject({ id: verdict.ruleId, held: 'TRUE' })
      else expect(told.pending.length).toBeGreaterThan(0)
    }),
    { numRuns: 500 },
  )
})

test('a rule that is false tells what was there and what it asks for', async () => {
  const text = await said('CRM hangs')
  expect(text).toContain('crm.tier is absent (crm ended in TIMED_OUT), wanted: PLATINUM')
  expect(text).toContain('outcome of crm is TIMED_OUT, wanted: NO_MATCH or MULTIPLE_MATCH')
})

test('a fact that stands in is told by the fallback it comes from', async () => {
  const text = await said('the priority database is slow')
  expect(text).toContain('priority.vip is false (stands in by PRIORITY_TIMED_OUT), wanted: true')
  expect(text).toContain('PRIORITY_TIMED_OUT fits {outcome: TIMED_OUT}; no other fits')
})

test('the fallback that applies is told with the one it went before', async () => {
  const text = await said('the scheduling tool is down and its cached schedule is old')
  expect(text).toContain('SCHEDULE_STALE fits too, and names less')
})

test('the kind of a fallback is not taken for an outcome, and a caller is not blamed for the line', async () => {
  expect(await said('CRM hangs')).toContain(
    'kind FAILED (the facts did not come); no facts stand in',
  )
  const withheld = await said('a caller withholds the number')
  expect(withheld).toContain('crm         not asked (the caller withholds the number), 0 ms')
  expect(withheld).toContain('kind STATE (a valid state, nothing failed)')
  const unsent = await said('no number was sent')
  expect(unsent).toContain('crm         not asked (no number was sent), 0 ms')
  expect(unsent).not.toContain('withh')
})

test('what made a route certain is told, and why pending lookups do not matter', async () => {
  const text = await said('a VIP is certain')
  expect(text).toContain('It is certain: it rests on priority.vip, call.language.')
  expect(text).toContain('crm is pending: no rule up to this one reads it.')
})

test('a route that is not certain is told with the rule and fact it waits for', async () => {
  const text = await said('an ordinary caller is not certain')
  expect(text).toContain('? platinum')
  expect(text).toContain('crm is pending: platinum waits for crm.tier.')
})

test('a lookup that a recorded decision did not need is pending, as it was', () => {
  const text = readFileSync('policy/scenarios/routes.yaml', 'utf8')
  const scenarios = loadScenarios(text, { file: 'routes.yaml', policy })
  const vip = scenarios.find(({ name }) => name.startsWith('a VIP goes'))
  if (vip === undefined) throw new Error('the scenario is gone')
  const question = questionOf(policy, vip)
  const lookups = question.lookups.map((lookup) =>
    lookup?.dependency === 'crm' ? { ...lookup, outcome: 'NOT_NEEDED' as const } : lookup,
  )
  const told = explain(opened, { ...question, lookups })
  expect(told.pending.map(({ dependency }) => dependency)).toEqual(['crm'])
  expect(told.verdict?.ruleId).toBe('vip')
})

test('a name that fits no or several scenarios is bad input, and the names are told', async () => {
  const args = ['policy', 'explain', '--policy', 'policy/policy.yaml', '--scenario']
  const none = await crosspoint(...args, 'nobody')
  expect(none.code).toBe(2)
  expect(none.err).toContain("no scenario is called 'nobody'")
  const several = await crosspoint(...args, 'crm')
  expect(several.code).toBe(2)
  expect(several.err).toContain("'CRM hangs'")
  expect((await crosspoint('policy', 'explain')).code).toBe(2)
})
