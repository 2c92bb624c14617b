/** A dependency that is a file: found by key, dated by its rows or by the file. */
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { CrosspointError } from '../../../services/errors.ts'
import { loadConnector } from './loaded.ts'
import { CRM } from './world.ts'

const folder = mkdtempSync(join(tmpdir(), 'crosspoint-table-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const WRITTEN_AT = Date.UTC(2026, 10, 20, 6)
const ROWS = [
  { phone: '+491', tier: 'PLATINUM', id: 'c-1', at: '2026-11-19T08:00:00Z' },
  { phone: '+492', tier: 'STANDARD', id: 'c-2' },
  { phone: '+492', tier: 'STANDARD', id: 'c-3' },
  { phone: 493, tier: null, id: 'c-4' },
]

function table(content: string, more = ''): string {
  writeFileSync(join(folder, 'crm.json'), content)
  utimesSync(join(folder, 'crm.json'), WRITTEN_AT / 1000, WRITTEN_AT / 1000)
  return `connectors:
  crm:
    type: table
    asked: customer by phone number
    file: crm.json
    key: { path: phone, equals: '{ani}' }
    facts: { tier: tier, customerId: id }
${more}`
}

const load = (text: string) =>
  loadConnector(text, { file: join(folder, 'connectors.yaml'), env: {}, dependency: CRM })

const control = { signal: new AbortController().signal, remainingMs: 1000, reached: () => {} }

async function ask(ani: string, more = '') {
  const connector = await load(table(JSON.stringify(ROWS), more)).open()
  return connector.ask({ ani }, control)
}

describe('A dependency that is a file', () => {
  it('answers from the row with the key, and is as old as the file', async () => {
    expect(await ask('+491')).toEqual({
      kind: 'FOUND',
      facts: { tier: 'PLATINUM', customerId: 'c-1' },
      syncedAt: WRITTEN_AT,
    })
  })

  it('is as old as the row says where rows say so', async () => {
    const stamped = '    syncedAt: at\n'
    expect(await ask('+491', stamped)).toMatchObject({ syncedAt: Date.UTC(2026, 10, 19, 8) })
    expect(await ask('493', stamped)).toMatchObject({ syncedAt: null })
  })

  it('knows nobody, one or several', async () => {
    expect(await ask('+490')).toEqual({ kind: 'NO_MATCH' })
    expect(await ask('+492')).toEqual({ kind: 'MULTIPLE_MATCH' })
    expect(await ask('493')).toMatchObject({ facts: { tier: null, customerId: 'c-4' } })
  })

  it('never mixes up a name that every object has', async () => {
    expect(await ask('constructor')).toEqual({ kind: 'NO_MATCH' })
  })

  it.each([
    ['{', 'XP_CONNECTOR_MAPPING', 'is not JSON'],
    ['{}', 'XP_CONNECTOR_MAPPING', 'is no list of records'],
    ['[{"phone":"+491"},{"tier":1}]', 'XP_CONNECTOR_MAPPING', 'row 2 is no record with a key'],
    ['[null]', 'XP_CONNECTOR_MAPPING', 'row 1 is no record with a key'],
  ])('refuses the file %j when the enricher starts', (content, code, message) => {
    const text = table(content)
    expect(() => load(text)).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(message) }),
    )
  })

  it('says when the file can not be read', () => {
    const text = table('[]').replace('file: crm.json', 'file: other.json')
    expect(() => load(text)).toThrow(CrosspointError)
    expect(() => load(text)).toThrow(expect.objectContaining({ code: 'XP_CONNECTOR_FILE' }))
  })
})
