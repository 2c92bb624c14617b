/** `policy check` by enumeration: dead rules with what takes their calls, and what nothing leads to. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { crosspoint } from './console.ts'

const folder = mkdtempSync(join(tmpdir(), 'policy-inspect-'))
afterAll(() => rmSync(folder, { recursive: true }))
const example = readFileSync('policy/policy.yaml', 'utf8')

/** What `policy check` says of the example with one thing changed. */
async function checked(from: string, to: string, ...more: string[]) {
  expect(example).toContain(from)
  const path = join(folder, 'policy.yaml')
  writeFileSync(path, example.replace(from, to))
  return crosspoint('policy', 'check', path, ...more)
}

test('all combinations of the example are covered, and each gives a route', async () => {
  const { code, out } = await crosspoint('policy', 'check', 'policy/policy.yaml', '--json')
  expect(code).toBe(0)
  const told = JSON.parse(out)
  expect(told).toMatchObject({ ok: true, exhaustive: true, notes: [] })
  expect(told.weight).toBeGreaterThan(1e12)
  const shares = told.rules.map(({ weight }: { weight: number }) => weight / told.weight)
  expect(shares.reduce((sum: number, share: number) => sum + share, 0)).toBeCloseTo(1)
})

test('a rule that several above take from together is dead, with who takes what and an example', async () => {
  const dead = `  - id: seniors-at-work
    when:
      all: [{ known: scheduling.open }, { outcome: { crm: FOUND } }, { fact: crm.valueBand, is: HIGH }]
    route: { target: senior }
  - id: taken
    when:
      all:
        - { fact: crm.valueBand, is: HIGH }
        - { known: scheduling.open }
        - { fact: call.ivrChoice, is: '7' }
    route: { target: specialists }

  - id: billing
`
  const { code, err } = await checked('  - id: billing\n', dead)
  expect(code).toBe(2)
  expect(err).toMatch(/XP_POLICY_RULE {2}.*policy\.yaml:\d+:5: rule 'taken' never decides: of the/u)
  expect(err).toMatch(/'high-value' takes [\d.]+ %/u)
  expect(err).toMatch(/for example .*call\.ivrChoice 7.*crm\.valueBand HIGH.*: 'vip'/u)
})

test('a rule that an earlier one forestalls is told with an example', async () => {
  const rule = `  - id: again
    when: { all: [{ fact: crm.tier, is: PLATINUM }, { fact: call.ivrChoice, is: '1' }] }
    route: { target: general }
  - id: known-issue
`
  const { code, err } = await checked('  - id: known-issue\n', rule)
  expect(code).toBe(2)
  expect(err).toContain("whenever it holds, 'platinum' above it does, for example with crm.tier")
})

test('a target that no call goes to, and a fallback for what never happens, are noted', async () => {
  const { code, out } = await checked('  senior: { type: QUEUE }\n', '  senior: {}\n  attic: {}\n')
  expect(code).toBe(0)
  expect(out).toContain("note: no call goes to target 'attic'")
  const never = `    fallbacks:
      - when: { outcome: NO_MATCH, cause: RESPONSE }
        reason: NEVER
        sentence: 'never'
      - when: { outcome: NO_MATCH }
        reason: CRM_NO_MATCH
`
  const noted = await checked(
    '    fallbacks:\n      - when: { outcome: NO_MATCH }\n        reason: CRM_NO_MATCH\n',
    never,
  )
  expect(noted.out).toContain('note: fallback NEVER of crm answers what no lookup ends in')
})

test('a fact that is used and that no connector supplies is a mistake at its declaration', async () => {
  const text = readFileSync('policy/connectors.yaml', 'utf8')
  expect(text).toContain('      tier: tier\n')
  const path = join(folder, 'connectors.yaml')
  writeFileSync(path, text.replace('      tier: tier\n', ''))
  const fine = await crosspoint(
    ...(['policy', 'check', 'policy/policy.yaml'] as const),
    ...(['--connectors', 'policy/connectors.yaml'] as const),
  )
  expect(fine.code).toBe(0)
  const { code, err } = await crosspoint(
    'policy',
    'check',
    'policy/policy.yaml',
    '--connectors',
    path,
  )
  expect(code).toBe(2)
  const line = example.split('\n').findIndex((each) => each.includes('tier: { type: string')) + 1
  expect(err).toContain(`XP_POLICY_NAME  policy/policy.yaml:${line}:7: 'crm.tier' is used`)
})
