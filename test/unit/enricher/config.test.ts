/** Every mistake in connectors.yaml has its code and its place. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { loadConnectors } from '../../../services/enricher/connectors/config.ts'
import { CrosspointError, CrosspointErrors } from '../../../services/errors.ts'
import { createLog } from '../../../services/platform/log.ts'
import { loadPolicyFile } from '../../../services/policy/load.ts'
import { loadConnector } from './loaded.ts'
import { CRM } from './world.ts'

const load = (text: string, env: Record<string, string> = {}) =>
  loadConnector(text, { file: 'connectors.yaml', env, dependency: CRM })

function mistakes(text: string, attempt: (text: string) => unknown = load): string[] {
  try {
    attempt(text)
  } catch (error) {
    if (!(error instanceof CrosspointError)) throw error
    const all = error instanceof CrosspointErrors ? error.errors : [error]
    return all.map(({ code, place }) => `${code} ${place?.line ?? '-'}:${place?.column ?? '-'}`)
  }
  return []
}

const whole = (lines: string): string =>
  `connectors:\n  crm:\n    type: http\n    asked: x\n    url: http://127.0.0.1/\n${lines}`

describe('The connectors file', () => {
  it.each([
    ['connectors: [', ['XP_CONNECTOR_SYNTAX 1:14']],
    ['connectors: {}', ['XP_CONNECTOR_MISSING -:-']],
    [whole('    facts: { tier: tier }\n    speed: 3\n'), ['XP_CONNECTOR_SHAPE 7:5']],
    [whole('    facts: { colour: x }\n'), ['XP_CONNECTOR_MAPPING 6:22']],
    [whole("    facts: { tier: 'a[' }\n"), ['XP_CONNECTOR_MAPPING 6:20']],
    [
      whole("    query: { a: '{phone}' }\n    facts: { tier: tier }\n"),
      ['XP_CONNECTOR_MAPPING 6:17'],
    ],
    [
      whole("    headers: { a: '${env:SECRET}', b: '${SECRET}' }\n    facts: { tier: tier }\n"),
      ['XP_CONNECTOR_ENV 6:19', 'XP_CONNECTOR_ENV 6:39'],
    ],
  ])('refuses %j', (text, expected) => {
    expect(mistakes(text)).toEqual(expected)
  })

  it('tells the mistakes of all that are asked for at once, and what is wrong with the file once', () => {
    const named = (name: string) => ({ ...CRM, name })
    const ask = (names: readonly string[]) => (text: string) =>
      loadConnectors(text, { file: 'c.yaml', env: {}, dependencies: names.map(named) })
    const wrong =
      whole('    facts: { colour: x }\n') +
      "  table: { type: table, asked: x, file: no.json, key: { path: a, equals: '{ani}' }, facts: { tier: b } }\n" +
      '  billing: { type: http, asked: x, url: nowhere, facts: { tier: tier } }\n'
    expect(mistakes(wrong, ask(['spare', 'crm', 'table', 'billing']))).toEqual([
      'XP_CONNECTOR_MISSING -:-',
      'XP_CONNECTOR_MAPPING 6:22',
      'XP_CONNECTOR_FILE -:-',
      'XP_CONNECTOR_MAPPING 8:41',
    ])
    expect(() => ask(['spare', 'crm'])(wrong)).toThrow("no connector 'spare'")
    expect(mistakes('connectors: [', ask(['crm', 'billing']))).toEqual(['XP_CONNECTOR_SYNTAX 1:14'])
  })

  it('tells no mistake of a connector that nobody asks for', () => {
    const text = whole('    facts: { tier: tier }\n')
    const billing = '  billing: { type: http, asked: x, url: nowhere, facts: { colour: x } }\n'
    expect(mistakes(text + billing)).toEqual([])
  })

  it('names what the policy declares and no answer can give, and what came from the environment', () => {
    const text = whole("    headers: { a: '${env:SECRET}' }\n    facts: { tier: tier }\n")
    expect(load(text, { SECRET: 'hush' })).toMatchObject({
      unmapped: ['customerId'],
      secrets: ['hush'],
    })
  })

  it('knows what it holds of secrets in every shape a log may meet them', () => {
    const text = whole(
      "    headers: { a: '${env:KEY}', b: '${env:BASE}' }\n    facts: { tier: tier }\n",
    )
    const { secrets } = load(text, { KEY: 'a key/1', BASE: 'postgresql://me:p%40ssword@db/x' })
    let written = ''
    const to = { write: (line: string) => void (written += line) }
    const log = createLog({ level: 'info', service: 's', instance: 'i', to, secrets })
    const error = new Error('no such path /v1?k=a%20key%2F1', { cause: new Error('p@ssword') })
    log.warn({ err: error, header: 'Bearer a key/1' }, 'p%40ssword is wrong at p@ssword')
    expect(written).not.toMatch(/key|p%40ssword|p@ssword/)
  })

  it('keeps no value for a secret that would black out half a log', () => {
    const text = whole("    headers: { a: '${env:LEVEL}' }\n    facts: { tier: tier }\n")
    expect(load(text, { LEVEL: '1' }).secrets).toEqual([])
  })

  it('of the example reaches every dependency of the example policy and maps all its facts', () => {
    const text = readFileSync('policy/connectors.yaml', 'utf8')
    const policy = loadPolicyFile('policy/policy.yaml')
    expect(policy.dependencies.length).toBeGreaterThan(0)
    const { dependencies } = policy
    const loaded = loadConnectors(text, { file: 'policy/connectors.yaml', env: {}, dependencies })
    expect(loaded.map(({ dependency }) => dependency)).toEqual(dependencies.map(({ name }) => name))
    for (const { dependency, unmapped } of loaded) expect(unmapped, dependency).toEqual([])
  })
})
