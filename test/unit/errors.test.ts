import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { CrosspointError, CrosspointErrors, ERRORS } from '../../services/errors.ts'
import { describeError, errorsPage, exitCodeOf } from '../../services/platform/error-text.ts'

const root = new URL('../../', import.meta.url)
const TABLE = 'services/errors.ts'

function sources(folder: string): string[] {
  return readdirSync(new URL(folder, root), { recursive: true, encoding: 'utf8' })
    .map((file) => `${folder}/${file}`)
    .filter((file) => file.endsWith('.ts') && !/node_modules|\/target\//u.test(file))
}

/** Every code that stands in quotes somewhere in the code, with one file that has it. */
const used = new Map<string, string>()
for (const file of [...sources('services'), ...sources('infra')]) {
  if (file === TABLE) continue
  const text = readFileSync(new URL(file, root), 'utf8')
  for (const [, code] of text.matchAll(/['"`](XP_[A-Z_]+[A-Z])['"`]/gu)) {
    if (code !== undefined) used.set(code, file)
  }
}

test('every code in the code is in the table', () => {
  const unknown = [...used].filter(([code]) => !(code in ERRORS))
  expect(unknown).toEqual([])
})

test('every code in the table is used somewhere', () => {
  expect(Object.keys(ERRORS).filter((code) => !used.has(code))).toEqual([])
})

test('docs/errors.md is what the table says', () => {
  expect(readFileSync(new URL('docs/errors.md', root), 'utf8')).toBe(errorsPage())
})

test('an error tells its code, its place, what is wrong and what to do', () => {
  const place = { file: 'policy.yaml', line: 3, column: 7 }
  const error = new CrosspointError('XP_USAGE', 'no such flag', { place, remedy: 'Mend it.' })
  expect(describeError(error, { json: false })).toBe(
    'error XP_USAGE  policy.yaml:3:7: no such flag\n  Mend it.\n',
  )
  expect(JSON.parse(describeError(error, { json: true }))).toEqual({
    error: { code: 'XP_USAGE', message: 'no such flag', remedy: 'Mend it.', place },
  })
})

test('several errors are all told', () => {
  const all = new CrosspointErrors([
    new CrosspointError('XP_USAGE', 'one'),
    new CrosspointError('XP_CLOSED', 'two'),
  ])
  expect(describeError(all, { json: false }).match(/^error XP_/gmu)).toHaveLength(2)
  expect(JSON.parse(describeError(all, { json: true })).error.all).toHaveLength(2)
})

test('an unknown error shows no stack and no number', () => {
  const text = describeError(new Error('caller +14155550123'), { json: false })
  expect(text).toMatch(/^error XP_INTERNAL {2}Error: caller \(hidden\)\n/u)
  expect(text).not.toContain('errors.test.ts')
})

test('an answer of no exits with 1, bad input with 2, what could not be done with 3', () => {
  expect(exitCodeOf(new CrosspointError('XP_SETTING_INVALID', ''))).toBe(2)
  expect(exitCodeOf(new CrosspointError('XP_POLICY_RULE', ''))).toBe(2)
  expect(exitCodeOf(new CrosspointError('XP_SCENARIO_FAILED', ''))).toBe(1)
  expect(exitCodeOf(new CrosspointError('XP_BROKER_UNREACHABLE', ''))).toBe(3)
  expect(exitCodeOf(new Error('x'))).toBe(3)
})
