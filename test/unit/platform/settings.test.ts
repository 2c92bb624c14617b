import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import {
  parseSettings,
  printable,
  secretsOf,
  SETTING_NAMES,
  settingsPage,
} from '../../../services/platform/settings.ts'

const TOKEN_KEY = 'k'.repeat(40)

function mistake(env: Record<string, string>): string {
  try {
    parseSettings(env)
  } catch (error) {
    expect(error).toMatchObject({ code: 'XP_SETTING_INVALID' })
    return (error as Error).message
  }
  throw new Error('accepted')
}

describe('settings', () => {
  test('an empty environment gives every default; an empty variable counts as not set', () => {
    expect(parseSettings({ HTTP_PORT: '', KAFKA_BROKERS: '' })).toMatchObject({
      KAFKA_BROKERS: ['127.0.0.1:9092'],
      HTTP_HOST: '127.0.0.1',
      HTTP_PORT: 0,
      CALL_PARTITIONS: 12,
      LANE: 'primary',
      TOKEN_KEY: null,
    })
  })

  test('all wrong variables are named in one error, with value and what is allowed', () => {
    const text = mistake({
      HTTP_PORT: '99999',
      LANE: 'both',
      KAFKA_BROKERS: 'a:1,b',
      KAFKA_SSL: '1',
    })
    expect(text).toContain('HTTP_PORT is "99999"; allowed: 0 to 65535')
    expect(text).toContain('LANE is "both"; allowed: primary, backup')
    expect(text).toContain('KAFKA_BROKERS is "a:1,b"')
    expect(text).toContain('KAFKA_SSL is "1"')
  })

  test("a secret's value is never told", () => {
    const text = mistake({ TOKEN_KEY: 'short-secret', PRIORITY_DATABASE_URL: 'mysql://u:pw@h' })
    expect(text).not.toMatch(/short-secret|pw/u)
    expect(text).toContain('TOKEN_KEY is (secret)')
  })

  test('what belongs together must be set together', () => {
    expect(mistake({ KAFKA_SASL_MECHANISM: 'plain' })).toContain('KAFKA_SASL_PASSWORD')
    expect(mistake({ KAFKA_SSL_CERT_FILE: '/x' })).toContain('KAFKA_SSL_KEY_FILE')
    expect(mistake({ KAFKA_SSL_CA_FILE: '/x' })).toContain('KAFKA_SSL is false')
  })

  test('a needed setting without a default must be there', () => {
    expect(() => parseSettings({}, ['TOKEN_KEY'])).toThrow(/TOKEN_KEY is not set/u)
    expect(parseSettings({ TOKEN_KEY }, ['TOKEN_KEY']).TOKEN_KEY).toBe(TOKEN_KEY)
  })

  test('what is printed at start shows no secret', () => {
    const settings = parseSettings({ TOKEN_KEY, PRIORITY_DATABASE_URL: 'postgres://u:pw@h/d' })
    expect(JSON.stringify(printable(settings))).not.toMatch(/kkkk|pw/u)
    expect(secretsOf(settings)).toEqual(['postgres://u:pw@h/d', TOKEN_KEY])
  })

  test('keys of a change of TOKEN_KEY have ids of their own, and none is told', () => {
    const env = { TOKEN_KEY, TOKEN_KEYS_OTHER: `k0:${'o'.repeat(40)}, k2:${'n'.repeat(40)}` }
    const settings = parseSettings(env)
    expect(settings.TOKEN_KEYS_OTHER.map(({ id }) => id)).toEqual(['k0', 'k2'])
    expect(JSON.stringify(printable(settings))).not.toMatch(/oooo|nnnn/u)
    expect(secretsOf(settings)).toContain('o'.repeat(40))
    expect(mistake({ TOKEN_KEY, TOKEN_KEYS_OTHER: 'k0:short' })).toContain('(secret)')
    const twice = { TOKEN_KEY, TOKEN_KEY_ID: 'k0', TOKEN_KEYS_OTHER: `k0:${'o'.repeat(40)}` }
    expect(mistake(twice)).toContain('name one key twice')
  })

  test('docs/configuration.md lists every setting and is what the table says', () => {
    const page = readFileSync(new URL('../../../docs/configuration.md', import.meta.url), 'utf8')
    expect(page).toBe(settingsPage())
    for (const name of SETTING_NAMES) expect(page).toContain(`\`${name}\``)
  })

  test('and what the start script sets, as it sets it', () => {
    const script = readFileSync(new URL('../../../bin/crosspoint', import.meta.url), 'utf8')
    const set = [...script.matchAll(/export (\w+)="\$\{\1:-(?:\$root\/)?([^}]+)\}"/gu)]
    expect(set.map(([, name]) => name)).toHaveLength(3)
    for (const [, name, value] of set)
      expect(settingsPage()).toMatch(new RegExp(`\\| \`${name}\` \\|.*\`${value}\``, 'u'))
  })
})
