import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Duck, openDuck } from '../../../services/audit/duck.ts'
import { EXPORT_LIMITS, exportTable } from '../../../services/audit/export/export.ts'
import { exportPage } from '../../../services/audit/export/page.ts'
import { openFolder } from '../../../services/audit/export/folder.ts'
import { continued, FORMATS, type Format } from '../../../services/audit/export/state.ts'
import { loadTables } from '../../../services/audit/export/tables.ts'
import { openSession } from '../../../services/audit/sql/session.ts'
import { fittingLines, tableLines } from '../../../services/audit/sql/table-text.ts'
import { storedTopics } from './stored.ts'
import { applied, decision, wholeEvidence } from './world.ts'

const root = mkdtempSync(join(tmpdir(), 'crosspoint-sql-'))
const secret = join(root, 'secret.csv')
const [late] = wholeEvidence().topics.late.flatMap((one) => (one.value === null ? [] : [one.value]))

/** One call that fell back, one that lost, and the late answer that would have changed the route. */
async function exported(format: Format): Promise<string> {
  const topics = storedTopics()
  topics.put('audit.decision', decision)
  topics.put('audit.decision', { ...decision, decisionId: 'lost', effective: false })
  topics.put('audit.fallback', applied)
  const target = { type: 'QUEUE', id: 'vip' } as const
  if (late !== undefined) {
    topics.put('audit.late', { ...late, differs: true, counterfactualTarget: target })
  }
  const path = join(root, format)
  const folder = openFolder(path)
  let state = continued(null, { format, from: null, to: null }, folder.stateFile)
  folder.save(state)
  const duck = await openDuck()
  const { decision: decisions, fallback, late: lates } = loadTables()
  for (const table of [decisions, fallback, lates]) {
    const options = { ...EXPORT_LIMITS, duck: async () => duck, progress: () => undefined }
    state = (await topics.read((source) => exportTable(source, folder, state, table, options)))
      .state
  }
  duck.close()
  return path
}

const sessions = new Map<Format, Duck>()
beforeAll(async () => {
  writeFileSync(secret, 'a\n1\n')
  for (const format of FORMATS) sessions.set(format, await openSession(await exported(format)))
})
afterAll(() => {
  for (const duck of sessions.values()) duck.close()
  rmSync(root, { recursive: true, force: true })
})

const ask = async (format: Format, sql: string) => {
  const duck = sessions.get(format)
  if (duck === undefined) throw new Error('no session')
  return (await duck.query(sql)).rows
}

describe.each(FORMATS)('queries over an export as %s', (format) => {
  test('tables have the types of the records, also nested ones', async () => {
    expect(
      await ask(
        format,
        `SELECT callId, requestNo, effective, flags[1], lookups[1].latencyMs, arrivedAt::VARCHAR,
                arrival->>'dnis' IS NULL, fallbacks[1].reason
         FROM decision WHERE effective`,
      ),
    ).toEqual([
      [
        'call-1',
        1,
        true,
        'MANUAL_LOOKUP',
        2000,
        '1970-01-01 00:00:01+00',
        decision.arrival['dnis'] === undefined,
        'CRM_TIMEOUT',
      ],
    ])
  })

  test('a table without a row is there, and empty', async () => {
    expect(await ask(format, 'SELECT count(*) FROM "override"')).toEqual([[0]])
  })

  test('request leaves losers out and tells waits and reasons', async () => {
    expect(
      await ask(format, 'SELECT decisionId, waitedMs >= 0, reasons, dependencies FROM request'),
    ).toEqual([['d1', true, ['CRM_TIMEOUT'], ['crm']]])
  })

  test('reason calls decisive what the late answer proves', async () => {
    expect(await ask(format, 'SELECT reason, decisive FROM reason')).toEqual([
      ['CRM_TIMEOUT', 'YES'],
    ])
    expect(await ask(format, 'SELECT decisive FROM fallback')).toEqual([['UNKNOWN']])
  })

  test('lookup is a row a lookup', async () => {
    expect(await ask(format, 'SELECT dependency, outcome, latencyMs FROM lookup')).toEqual([
      ['crm', 'TIMED_OUT', 2000],
    ])
  })
})

describe('a session only reads, and only the export', () => {
  test.each([
    `SELECT * FROM read_csv('${secret}')`,
    `SELECT * FROM '${secret}'`,
    `SELECT content FROM read_text('${secret}')`,
    "SELECT * FROM read_csv('https://example.com/a.csv')",
    "SELECT * FROM glob('/etc/*')",
    `COPY decision TO '${join(root, 'jsonl', 'x.csv')}'`,
    `EXPORT DATABASE '${join(root, 'jsonl')}'`,
    'CREATE TABLE t (a INTEGER)',
    'DROP VIEW decision',
    'INSTALL httpfs',
    'LOAD httpfs',
    "ATTACH 'x.db'",
    'SET enable_external_access = true',
    "PRAGMA memory_limit = '1GB'",
    'SELECT 1; SELECT 2',
    'SELEC 1',
    '',
  ])('%j is refused', async (sql) => {
    await expect(ask('parquet', sql)).rejects.toMatchObject({ code: 'XP_SQL_REFUSED' })
  })

  test('asking for a few rows says that there are more', async () => {
    const found = await sessions.get('jsonl')?.query('SELECT * FROM range(5000)', 10)
    expect([found?.rows.length, found?.more]).toEqual([10, true])
  })
})

describe('opening', () => {
  test('a folder that is none, or a torn file, is told', async () => {
    await expect(openSession(join(root, 'nowhere'))).rejects.toMatchObject({
      code: 'XP_EXPORT_FOLDER',
    })
    const path = join(root, 'torn')
    const folder = openFolder(path)
    const part = { file: 'part-00001.csv', rows: 1, bytes: 9, repeats: 0, unreadable: 0 }
    const file = folder.begin('late', part.file)
    file.write('123456789')
    file.publish()
    folder.save({
      version: 1,
      format: 'csv',
      from: null,
      to: null,
      tables: { late: { parts: [{ ...part, next: [1], lastAt: [1] }] } },
    })
    truncateSync(join(path, 'late', part.file), 4)
    await expect(openSession(path)).rejects.toMatchObject({ code: 'XP_EXPORT_FOLDER' })
  })
})

test('what was not exported is no empty table: a count of it would be wrong', async () => {
  const sql = 'SELECT count(*) FROM routed'
  await expect(ask('jsonl', sql)).rejects.toMatchObject({ code: 'XP_SQL_REFUSED' })
})

test('a table is aligned, numbers to the right, long texts cut, control characters gone', () => {
  expect(
    tableLines(
      ['name', 'n'],
      [
        ['a\u001B[2Jb', 12],
        ['x'.repeat(20), null],
      ],
      10,
    ),
  ).toEqual(['name         n', '──────────  ──', 'a [2Jb      12', 'xxxxxxxxx…'])
})

const cell = fc.oneof(fc.string({ maxLength: 90 }), fc.integer(), fc.constant(null))
const table = fc.integer({ min: 1, max: 12 }).chain((count) =>
  fc.record({
    columns: fc.array(fc.stringMatching(/^[a-z]{1,12}$/u), { minLength: count, maxLength: count }),
    rows: fc.array(fc.array(cell, { minLength: count, maxLength: count }), { maxLength: 5 }),
  }),
)

test('a table is never wider than its terminal, and no number is cut', () => {
  fc.assert(
    fc.property(table, fc.integer({ min: 40, max: 200 }), ({ columns, rows }, width) => {
      const lines = fittingLines(columns, rows, width)
      expect(Math.max(0, ...lines.map((line) => line.length))).toBeLessThanOrEqual(width)
      const text = lines.join('\n')
      for (const value of rows.flat()) {
        if (typeof value === 'number') expect(text).toContain(String(value))
      }
      expect(fittingLines(columns, rows, Infinity)).toEqual(tableLines(columns, rows))
    }),
  )
})

test('rows with more columns than fit stand one below the other', () => {
  const columns = ['callId', 'sentence', 'flags', 'reason', 'target']
  const row = [
    'call-1',
    'CRM lookup timed out after 2000 ms',
    ['MANUAL_LOOKUP'],
    'CRM_TIMED_OUT',
    'q',
  ]
  expect(fittingLines(columns, [row], 40)).toEqual([
    '── row 1 ────────',
    'callId    call-1',
    'sentence  CRM lookup timed out after 20…',
    'flags     ["MANUAL_LOOKUP"]',
    'reason    CRM_TIMED_OUT',
    'target    q',
  ])
})

test('the queries of docs/export.md run as they stand there', async () => {
  const page = exportPage()
  const block = /```sql\n(.*?)```/su.exec(page)?.[1] ?? ''
  const queries = block.split(';').filter((query) => query.trim() !== '')
  expect(queries).toHaveLength(2)
  const duck = await openDuck()
  for (const query of queries) {
    const { rows } = await duck.query(query.replaceAll("'audit/", `'${join(root, 'parquet')}/`))
    expect(rows.length).toBeGreaterThanOrEqual(query.includes('billing') ? 0 : 1)
  }
  duck.close()
})
