/** `policy diff`: what changes is told with an example that does change, and nothing else is. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { crosspoint } from './console.ts'
import { swapped } from './mutate.ts'

const folder = mkdtempSync(join(tmpdir(), 'policy-diff-'))
afterAll(() => rmSync(folder, { recursive: true }))
const example = readFileSync('policy/policy.yaml', 'utf8')

async function against(next: string, ...more: string[]) {
  const path = join(folder, 'next.yaml')
  writeFileSync(path, next)
  return crosspoint('policy', 'diff', 'policy/policy.yaml', path, ...more)
}

test('a comment is no difference: code 0', async () => {
  const { code, out } = await against(`${example}# the same\n`)
  expect(code).toBe(0)
  expect(out).toMatch(/^Both policies do the same in .* combinations \(all covered\)\.\n$/u)
})

test('rules of which none takes a call from the other may change places', async () => {
  const { code } = await against(swapped(example, 'open-ticket-team-1', 'open-ticket-team-2'))
  expect(code).toBe(0)
})

test('a rule moved up is told with the calls it takes: from, to, share, example; code 1', async () => {
  const { code, out } = await against(swapped(example, 'known-issue', 'high-value'))
  expect(code).toBe(1)
  expect(out).toMatch(/was {2}known-issue → specialists, .*\n +now {2}high-value → senior, .*\n/u)
  expect(out).toMatch(/e\.g\. .*crm\.knownIssue other, .*crm\.valueBand HIGH/u)
  expect(out).toMatch(/Routes change in [\d.]+ % of/u)
})

test('fallbacks, times and new dependencies are told too, with --json for programs', async () => {
  const next = example
    .replace('timeoutMs: 2000', 'timeoutMs: 1500')
    .replace('flags: [MANUAL_LOOKUP]', 'flags: []')
    .replace(
      'rules:\n',
      '  crm2:\n    timeoutMs: 5\n    facts: {}\n    fallbacks: [{ when: {}, reason: R, sentence: s }]\nrules:\n',
    )
  const { code, out } = await against(next, '--json')
  expect(code).toBe(1)
  expect(JSON.parse(out)).toMatchObject({
    same: false,
    routes: [],
    fallbacks: [
      {
        dependency: 'crm',
        endings: 3,
        from: 'CRM_TIMED_OUT; flags MANUAL_LOOKUP',
        to: 'CRM_TIMED_OUT; flags none',
      },
    ],
    declared: expect.arrayContaining(['crm.timeoutMs: 2000 → 1500', 'crm2.timeoutMs: none → 5']),
  })
})

test('what stands in for a missing answer changes routes', async () => {
  const from =
    'facts: { open: true, callbackOffered: false }\n        flags: [SCHEDULE_UNVERIFIED]\n      - when: { outcome: [FAILED'
  expect(example).toContain(from)
  const { code, out } = await against(
    example.replace(from, from.replace('open: true', 'open: false')),
  )
  expect(code).toBe(1)
  expect(out).toMatch(/now {2}closed-voicemail → voicemail/u)
  expect(out).toMatch(/e\.g\. .*scheduling TIMED_OUT/u)
})
