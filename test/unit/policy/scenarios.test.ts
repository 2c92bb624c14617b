/** The example policy against its scenarios: the failure plan and the routes it promises. */
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { loadPolicyFile } from '../../../services/policy/load.ts'
import { loadScenarios, runScenario } from '../../../services/policy/scenario.ts'

const folder = new URL('../../../policy/', import.meta.url)
const policy = loadPolicyFile(new URL('policy.yaml', folder).pathname)
const files = readdirSync(new URL('scenarios/', folder))

describe.each(files)('%s', (file) => {
  const text = readFileSync(new URL(`scenarios/${file}`, folder), 'utf8')
  test.each(loadScenarios(text, { file, policy }))('$name', (scenario) => {
    expect(runScenario(policy, scenario)).toEqual([])
  })
})

describe('a scenario file', () => {
  test('tells what differs', () => {
    const text =
      'scenarios:\n  - name: x\n    lookups: { priority: { facts: { vip: true } } }\n    expect: { target: general, flags: [] }\n'
    const [scenario] = loadScenarios(text, { file: 'x.yaml', policy })
    expect(scenario?.place).toEqual({ file: 'x.yaml', line: 2, column: 5 })
    expect(scenario && runScenario(policy, scenario)).toEqual([
      { what: 'target', expected: 'general', actual: 'vip' },
    ])
  })

  test('is refused with the place of a dependency that the policy does not have', () => {
    const text = 'scenarios:\n  - name: x\n    lookups:\n      crn: {}\n    expect: {}\n'
    expect(() => loadScenarios(text, { file: 'x.yaml', policy })).toThrow(
      expect.objectContaining({
        errors: [expect.objectContaining({ place: { file: 'x.yaml', line: 4, column: 7 } })],
      }),
    )
  })
})
