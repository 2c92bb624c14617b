/** What the README shows of the example policy is what the policy holds today. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const readme = readFileSync('README.md', 'utf8')
const policy = readFileSync('policy/policy.yaml', 'utf8').split('\n')

test('the parts of the policy that the README shows stand in it, in that order', () => {
  const shown = /```yaml\n(dependencies:\n[^`]*)```/u.exec(readme)?.[1]?.trimEnd().split('\n') ?? []
  expect(shown.length).toBeGreaterThan(10)
  let at = 0
  for (const line of shown) {
    if (line.trim() === '# …') continue
    const found = policy.indexOf(line, at)
    expect(found, `not in policy.yaml: ${line}`).toBeGreaterThanOrEqual(at)
    at = found + 1
  }
})

test('the reasons of the call that the README draws are told as the policy tells them', () => {
  const told = [...readme.matchAll(/^ {4}([A-Z_]+): (.+) routed to general$/gmu)]
  expect(told.length).toBeGreaterThan(1)
  for (const [, reason = '', sentence = ''] of told) {
    const at = policy.findIndex((line) => line.trim() === `reason: ${reason}`)
    const words = /sentence: '(.*) routed to \{target\}'/u.exec(policy[at + 1] ?? '')?.[1]
    expect(sentence, reason).toBe(words?.replace('{waitedMs}', '2000'))
  }
})
