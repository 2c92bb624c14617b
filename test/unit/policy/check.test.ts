/** Every mistake a policy can hold is told with its code, line and column, and all of them at once. */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { CrosspointErrors } from '../../../services/errors.ts'
import { loadPolicy, loadPolicyFile } from '../../../services/policy/load.ts'

const example = readFileSync(new URL('../../../policy/policy.yaml', import.meta.url), 'utf8')

/** Mistakes of a text, as `line:column CODE`. */
function mistakesOf(text: string): string[] {
  try {
    loadPolicy(text, { file: 'p.yaml' })
    return []
  } catch (error) {
    if (!(error instanceof CrosspointErrors)) throw error
    return error.errors.map(({ code, place }) => `${place?.line}:${place?.column} ${code}`)
  }
}

const SMALL = `policy: small
targets: { general: {}, other: {} }
arrival: { dnis: keep, callerAuth: keep, ced: token }
calendars:
  office: { timeZone: UTC, hours: [{ days: [mon], from: '08:00', to: '18:00' }] }
dependencies:
  crm:
    timeoutMs: 2000
    facts:
      tier: { type: string, audit: keep }
      count: { type: long, audit: keep }
      id: { type: string, audit: token }
      name: { type: string }
      tags: { type: strings, audit: keep }
    fallbacks:
      - { when: {}, reason: ANY, sentence: 'no CRM', flags: [MANUAL_LOOKUP] }
rules:
  - id: one
    when: { fact: crm.tier, is: GOLD }
    route: { target: other }
  - id: two
    when: { known: crm.id }
    route: { target: other }
default: { target: general }
`

test('the example and the small policy have no mistakes', () => {
  expect(mistakesOf(example)).toEqual([])
  expect(mistakesOf(SMALL)).toEqual([])
})

describe('one mistake each, with its place', () => {
  const REMEDIED: [what: string, from: string, to: string, told: string[]][] = [
    ['broken YAML', 'policy: small', 'policy: : small', ['1:9 XP_POLICY_SYNTAX']],
    [
      'a key twice',
      'timeoutMs: 2000',
      'timeoutMs: 2000\n    timeoutMs: 1',
      ['9:5 XP_POLICY_SYNTAX'],
    ],
    ['an alias', 'policy: small', 'policy: *small', ['1:9 XP_POLICY_SYNTAX']],
    ['a map as a key', 'policy: small', '{policy: small}: 1', ['1:1 XP_POLICY_SYNTAX']],
    [
      'an unknown key',
      'timeoutMs: 2000',
      'timeout: 2000\n    timeoutMs: 1',
      ['8:5 XP_POLICY_SHAPE'],
    ],
    [
      'a key left out',
      'route: { target: other }',
      'route: { priority: 1 }',
      ['20:12 XP_POLICY_SHAPE'],
    ],
    ['a bad value', 'timeoutMs: 2000', 'timeoutMs: soon', ['8:16 XP_POLICY_SHAPE']],
    ['no default', 'default: { target: general }\n', '', ['1:1 XP_POLICY_SHAPE']],
    ['two tests in one', 'known: crm.id', 'known: crm.id, stale: crm', ['22:11 XP_POLICY_SHAPE']],
    ['no comparison', 'fact: crm.tier, is: GOLD', 'fact: crm.tier', ['19:11 XP_POLICY_SHAPE']],
    ['a stray comparison', 'known: crm.id', 'known: crm.id, is: 1', ['22:28 XP_POLICY_SHAPE']],
    ['an unknown target', 'target: general', 'target: genral', ['24:20 XP_POLICY_NAME']],
    ['an unknown fact', 'fact: crm.tier,', 'fact: crm.tear,', ['19:19 XP_POLICY_NAME']],
    ['an undeclared input', 'fact: crm.tier,', 'fact: call.language,', ['19:19 XP_POLICY_NAME']],
    ['an unknown flag', 'known: crm.id', 'flag: MANUEL', ['22:19 XP_POLICY_NAME']],
    ['an unknown calendar', 'known: crm.id', 'open: offce', ['22:19 XP_POLICY_NAME']],
    ['an unknown dependency', 'known: crm.id', 'outcome: { crn: FOUND }', ['22:24 XP_POLICY_NAME']],
    ['a rule id twice', 'id: two', 'id: one', ['21:9 XP_POLICY_NAME']],
    ['a reason without a sentence', ", sentence: 'no CRM'", '', ['16:9 XP_POLICY_SHAPE']],
    ['a sentence that says nothing', "'no CRM'", "' '", ['16:44 XP_POLICY_FALLBACK']],
    ['a placeholder', "'no CRM'", "'no {CRM}'", ['16:44 XP_POLICY_NAME']],
    ['a value of another type', 'is: GOLD', 'is: 3', ['19:33 XP_POLICY_TYPE']],
    ['an order of strings', 'is: GOLD', 'above: 3', ['19:29 XP_POLICY_TYPE']],
    [
      'a value that never is',
      'crm.tier, is: GOLD',
      'call.callerAuth, is: YES',
      ['19:40 XP_POLICY_TYPE'],
    ],
    [
      'a substitute of another type',
      'when: {},',
      'when: {}, facts: { count: x },',
      ['16:37 XP_POLICY_TYPE'],
    ],
    ['a dropped fact read', 'known: crm.id', 'known: crm.name', ['22:20 XP_POLICY_AUDIT']],
    ['a token compared', 'known: crm.id', "fact: crm.id, is: '7'", ['22:19 XP_POLICY_AUDIT']],
    [
      'a token routed by',
      'target: general',
      'target: general, language: { fact: call.ced }',
      ['24:47 XP_POLICY_AUDIT'],
    ],
    [
      'a substitute that is dropped',
      'when: {},',
      'when: {}, facts: { name: x },',
      ['16:30 XP_POLICY_AUDIT'],
    ],
    ['a timeout past the window', 'timeoutMs: 2000', 'timeoutMs: 2101', ['8:16 XP_POLICY_MARGIN']],
    [
      'a need of itself',
      'timeoutMs: 2000',
      'timeoutMs: 2000\n    needs: crm.id',
      ['9:12 XP_POLICY_NEEDS'],
    ],
    [
      'a need nobody gives',
      'timeoutMs: 2000',
      'timeoutMs: 2000\n    needs: crm.ids',
      ['9:12 XP_POLICY_NEEDS'],
    ],
    ['a time zone', 'timeZone: UTC', 'timeZone: UTX', ['5:23 XP_POLICY_CALENDAR']],
    ['hours that end first', "to: '18:00'", "to: '08:00'", ['5:36 XP_POLICY_CALENDAR']],
    [
      'an ending without fallback',
      'when: {}',
      'when: { outcome: [NO_MATCH, MULTIPLE_MATCH, TIMED_OUT, FAILED, SKIPPED, NO_ANSWER] }',
      [
        '15:5 XP_POLICY_FALLBACK',
        '15:5 XP_POLICY_FALLBACK',
        '15:5 XP_POLICY_FALLBACK',
        '15:5 XP_POLICY_FALLBACK',
      ],
    ],
    [
      'a fallback never used',
      'rules:',
      '      - { when: {}, reason: AGAIN, sentence: x }\nrules:',
      ['17:9 XP_POLICY_FALLBACK'],
    ],
    [
      'a contradiction',
      'known: crm.id',
      'all: [{ fact: crm.count, above: 3 }, { fact: crm.count, below: 4 }]',
      ['22:11 XP_POLICY_RULE'],
    ],
    [
      'a rule an earlier one forestalls',
      'known: crm.id',
      'fact: crm.tier, in: [GOLD]',
      ['21:5 XP_POLICY_RULE'],
    ],
    [
      'a rule below one that always holds',
      'fact: crm.tier, is: GOLD',
      'any: [{ stale: crm }, { not: { stale: crm } }]',
      ['21:5 XP_POLICY_RULE'],
    ],
  ]

  test.each(REMEDIED)('%s', (_what, from, to, told) => {
    expect(SMALL).toContain(from)
    expect(mistakesOf(SMALL.replace(from, to))).toEqual(told)
  })
})

test('margins stand in the order enricher, publish, backup', () => {
  const margins = (text: string) =>
    mistakesOf(SMALL.replace('targets:', `margins: ${text}\ntargets:`))
  expect(margins('{ enricherMs: 240 }')).toEqual(['2:24 XP_POLICY_MARGIN'])
  expect(margins('{ publishMs: 110 }')).toEqual(['2:23 XP_POLICY_MARGIN'])
  expect(margins('{ enricherMs: 500, publishMs: 250, backupMs: 250 }')).toEqual([])
})

test('needs go one level deep', () => {
  const chain = SMALL.replace(
    'rules:',
    `  b: { timeoutMs: 1, needs: crm.id, facts: { x: { type: long } }, fallbacks: [{ when: {}, reason: R, sentence: s }] }
  c: { timeoutMs: 1, needs: b.x, facts: {}, fallbacks: [{ when: {}, reason: R, sentence: s }] }
rules:`,
  )
  expect(mistakesOf(chain)).toEqual(['18:29 XP_POLICY_NEEDS'])
})

test('all mistakes of a file are told, in its order', () => {
  const text = SMALL.replace('crm.tier, is', 'crm.tear, is')
    .replace('target: general', 'target: genral')
    .replace('timeoutMs: 2000', 'timeoutMs: 9000')
  expect(mistakesOf(text)).toEqual([
    '8:16 XP_POLICY_MARGIN',
    '19:19 XP_POLICY_NAME',
    '24:20 XP_POLICY_NAME',
  ])
})

test.each([
  ['too many bytes', `# ${'x'.repeat(300_000)}\n${SMALL}`],
  ['flow collections without end', `a: ${'['.repeat(50_000)}`],
  ['block sequences without end', `a:\n${'- '.repeat(5000)}x`],
  [
    'mappings without end',
    Array.from({ length: 300 }, (_, at) => `${' '.repeat(at)}b:`).join('\n'),
  ],
])('a text made to exhaust the reader is refused: %s', (_what, text) => {
  expect(mistakesOf(text)).toContainEqual(expect.stringContaining('XP_POLICY_LIMIT'))
})

test('names that objects inherit are no declarations', () => {
  const text = SMALL.replace('known: crm.id', 'known: crm.constructor')
  expect(mistakesOf(text)).toEqual(['22:20 XP_POLICY_NAME'])
})

test('a file that is not there is told by its path', () => {
  expect(() => loadPolicyFile('no-such-policy.yaml')).toThrow(
    expect.objectContaining({ code: 'XP_POLICY_FILE', place: { file: 'no-such-policy.yaml' } }),
  )
})

test('the version is the hash of the text: a comment is another version', () => {
  const first = loadPolicy(SMALL, { file: 'p' })
  expect(loadPolicy(SMALL, { file: 'q' }).version).toBe(first.version)
  expect(loadPolicy(`${SMALL}#`, { file: 'p' }).version).not.toBe(first.version)
  expect(first.text).toBe(SMALL)
})
