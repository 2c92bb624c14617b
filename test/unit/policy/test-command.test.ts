/** `crosspoint policy test`: what it says of scenarios that hold and of ones that don't. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, expect, test, vi } from 'vitest'
import { crosspoint } from './console.ts'

const folder = mkdtempSync(join(tmpdir(), 'policy-test-'))
afterAll(() => rmSync(folder, { recursive: true }))
afterEach(() => vi.unstubAllEnvs())

function file(name: string, text: string): string {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

const POLICY = ['--policy', 'policy/policy.yaml']

test('scenarios beside the policy all hold: a line each, code 0', async () => {
  const { code, out } = await crosspoint('policy', 'test', ...POLICY)
  expect(code).toBe(0)
  expect(out).toContain(
    '✓ a VIP is certain while all other lookups hang → vip by vip, certain after 20 ms',
  )
  expect(out).toMatch(/does what \d+ scenarios in policy\/scenarios expect\.\n$/u)
  expect(out).not.toContain('✗')
})

const WRONG = `scenarios:
  - name: a VIP
    lookups: { priority: { facts: { vip: true }, latencyMs: 35 } }
    expect: { target: general, flags: [X], certainAfterMs: 34 }
`

test('a scenario that does not hold: expected and got, its place, code 1', async () => {
  const { code, out } = await crosspoint('policy', 'test', file('wrong.yaml', WRONG), ...POLICY)
  expect(code).toBe(1)
  expect(out).toContain('✗ a VIP → vip by vip, certain after 35 ms')
  expect(out).toMatch(/XP_SCENARIO_FAILED {2}.*wrong\.yaml:2:5/u)
  expect(out).toMatch(/target\n +expected {2}general\n +got {7}vip\n/u)
  expect(out).toMatch(/flags\n +expected {2}X\n +got {7}none\n/u)
  expect(out).toMatch(/certainAfterMs\n +expected {2}34\n +got {7}35\n/u)
  expect(out).toContain('differs from 1 of 1 scenario in ')
})

test('--json tells programs the same', async () => {
  const path = file('wrong.yaml', WRONG)
  const { code, out } = await crosspoint('policy', 'test', path, ...POLICY, '--json')
  expect(code).toBe(1)
  expect(JSON.parse(out)).toMatchObject({
    ok: false,
    scenarios: [
      {
        name: 'a VIP',
        ok: false,
        place: { file: path, line: 2, column: 5 },
        mismatches: [
          { what: 'certainAfterMs', expected: 34, actual: 35 },
          { what: 'target', expected: 'general', actual: 'vip' },
          { what: 'flags', expected: ['X'], actual: [] },
        ],
      },
    ],
  })
})

test("a policy elsewhere is held against its own scenarios, else against POLICY_FILE's", async () => {
  const elsewhere = join(folder, 'elsewhere')
  mkdirSync(join(elsewhere, 'scenarios'), { recursive: true })
  const next = file('elsewhere/next.yaml', readFileSync('policy/policy.yaml', 'utf8'))
  const shared = await crosspoint('policy', 'test', '--policy', next)
  expect(shared.code).toBe(0)
  expect(shared.out).toMatch(/next\.yaml does what \d+ scenarios in policy\/scenarios expect\.\n$/u)
  file('elsewhere/scenarios/wrong.yaml', WRONG)
  const own = await crosspoint('policy', 'test', '--policy', next)
  expect(own.code).toBe(1)
  expect(own.out).toContain(`differs from 1 of 1 scenario in ${join(elsewhere, 'scenarios')}.`)
})

test('bad input is told with code 2: no such file, no scenarios anywhere', async () => {
  const gone = await crosspoint('policy', 'test', join(folder, 'gone.yaml'), ...POLICY)
  expect(gone).toMatchObject({ code: 2, out: '' })
  expect(gone.err).toContain('XP_SCENARIO_FILE')
  const alone = file('alone.yaml', readFileSync('policy/policy.yaml', 'utf8'))
  mkdirSync(join(folder, 'other'))
  vi.stubEnv('POLICY_FILE', join(folder, 'other', 'policy.yaml'))
  const none = await crosspoint('policy', 'test', '--policy', alone)
  expect(none.code).toBe(2)
  expect(none.err).toContain(
    `there are no scenarios in ${join(folder, 'scenarios')} or ${join(folder, 'other', 'scenarios')}`,
  )
})
