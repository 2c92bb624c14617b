/** `crosspoint policy test`: what it says of scenarios that hold and of ones that don't. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { crosspoint } from './console.ts'

const folder = mkdtempSync(join(tmpdir(), 'policy-test-'))
afterAll(() => rmSync(folder, { recursive: true }))

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
  expect(out).toMatch(/does what \d+ scenarios expect\.\n$/u)
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
  expect(out).toContain('differs from 1 of 1 scenario.')
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

test('bad input is told with code 2: no such file, no scenarios beside the policy', async () => {
  const gone = await crosspoint('policy', 'test', join(folder, 'gone.yaml'), ...POLICY)
  expect(gone).toMatchObject({ code: 2, out: '' })
  expect(gone.err).toContain('XP_SCENARIO_FILE')
  const alone = file('alone.yaml', readFileSync('policy/policy.yaml', 'utf8'))
  const none = await crosspoint('policy', 'test', '--policy', alone)
  expect(none.code).toBe(2)
  expect(none.err).toContain('there are no scenarios')
})
