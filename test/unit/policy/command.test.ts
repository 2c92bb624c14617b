/** `crosspoint policy check`: exit code, places, JSON; and the schema that editors use. */
import { readFileSync } from 'node:fs'
import { afterEach, expect, test, vi } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { run } from '../../../services/cli.ts'
import { policyJsonSchema } from '../../../services/policy/json-schema.ts'

afterEach(() => void vi.restoreAllMocks())

async function checked(...args: string[]) {
  let out = ''
  let err = ''
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    out += String(text)
    return true
  })
  const terminal = {
    out: (text: string) => void (out += text),
    err: (text: string) => void (err += text),
  }
  const code = await run(['policy', 'check', ...args], terminal)
  vi.restoreAllMocks()
  return { code, out, err }
}

test('a policy without mistakes: code 0, its version and the order of its margins', async () => {
  const { code, out, err } = await checked('policy/policy.yaml')
  expect({ code, err }).toEqual({ code: 0, err: '' })
  expect(out).toContain("policy 'example'")
  expect(out).toContain('the router decides by 2250 ms, a backup from 2380 ms on')
})

test('§3 margins are held against how soon records are seen, where that was measured', async () => {
  expect((await checked('policy/policy.yaml', '--append-to-seen', '130')).code).toBe(0)
  const { code, err } = await checked('policy/policy.yaml', '--append-to-seen', '131')
  expect(code).toBe(2)
  expect(err).toContain('policy.yaml:10:29: publishMs 250 is less than')
  expect((await checked('policy/policy.yaml', '--append-to-seen', 'soon')).err).toContain(
    'XP_USAGE',
  )
})

test('--json gives the same to a program', async () => {
  const { out } = await checked('policy/policy.yaml', '--json')
  expect(JSON.parse(out)).toMatchObject({ ok: true, name: 'example', windowMs: 2500 })
})

test('a policy with mistakes: code 2, each mistake with file, line, column and what to do', async () => {
  const { code, out, err } = await checked('policy/scenarios/routes.yaml')
  expect({ code, out }).toEqual({ code: 2, out: '' })
  expect(err).toMatch(/error XP_POLICY_SHAPE {2}policy\/scenarios\/routes\.yaml:\d+:\d+: /)
  expect(err.match(/error XP_/g)?.length).toBeGreaterThan(1)
  expect(err).not.toContain('    at ')
})

test('a file that is not there: code 2', async () => {
  const { code, err } = await checked('nowhere.yaml')
  expect(code).toBe(2)
  expect(err).toContain('XP_POLICY_FILE')
})

test('the published schema accepts the example and marks a misspelt key', () => {
  const schema = z.fromJSONSchema(JSON.parse(policyJsonSchema()))
  const policy = parse(readFileSync('policy/policy.yaml', 'utf8')) as Record<string, unknown>
  expect(schema.safeParse(policy).error).toBeUndefined()
  expect(schema.safeParse({ ...policy, windowsMs: 1 }).success).toBe(false)
})
