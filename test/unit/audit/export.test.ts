import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Duck, openDuck } from '../../../services/audit/duck.ts'
import { columnsOf, sqlType } from '../../../services/audit/export/columns.ts'
import { exportTable, type ExportOptions } from '../../../services/audit/export/export.ts'
import { openFolder } from '../../../services/audit/export/folder.ts'
import { barOf, createProgress } from '../../../services/audit/export/progress.ts'
import { csvLine, rowOf } from '../../../services/audit/export/rows.ts'
import { continued, type Format, type Wanted } from '../../../services/audit/export/state.ts'
import { loadTables, tableNamed, type TableName } from '../../../services/audit/export/tables.ts'
import { storedTopics } from './stored.ts'
import { applied, decision, routed } from './world.ts'

const root = mkdtempSync(join(tmpdir(), 'crosspoint-export-'))
const tables = loadTables()
let duck: Duck
let folders = 0

beforeAll(async () => {
  duck = await openDuck()
})
afterAll(() => {
  duck.close()
  rmSync(root, { recursive: true, force: true })
})

const newFolder = (): string => join(root, String((folders += 1)))
const noProgress = { progress: () => undefined }
const options = (over: Partial<ExportOptions> = {}): ExportOptions => ({
  partRowsMax: 1000,
  partBytesMax: 1_000_000,
  idsMax: 1000,
  duck: async () => duck,
  ...noProgress,
  ...over,
})

const everything = (format: Format): Wanted => ({ format, from: null, to: null })

/** One run of an export of one table, as the command does it. */
async function run(
  topics: ReturnType<typeof storedTopics>,
  path: string,
  name: TableName,
  { wanted = everything('jsonl'), ...over }: Partial<ExportOptions> & { wanted?: Wanted } = {},
) {
  const folder = openFolder(path)
  const stored = folder.load()
  const state = continued(stored?.state ?? null, wanted, folder.stateFile)
  folder.save(state)
  folder.tidy(state)
  const done = await topics.read((source) =>
    exportTable(source, folder, state, tables[name], options(over)),
  )
  return { ...done.exported, dropped: stored?.dropped ?? [] }
}

const partsIn = (path: string, table: string): string[] => readdirSync(join(path, table)).toSorted()

const linesIn = (path: string, table: string): Record<string, unknown>[] =>
  partsIn(path, table)
    .flatMap((file) =>
      readFileSync(join(path, table, file), 'utf8')
        .trimEnd()
        .split('\n'),
    )
    .map((line) => JSON.parse(line) as Record<string, unknown>)

const fallbackNo = (no: number) => ({ ...applied, eventId: `e${no}`, decisionId: `d${no}` })

describe('columns', () => {
  test('follow the schema: nested records are flattened, lists and facts keep their shape', () => {
    const types = Object.fromEntries(
      tables.decision.columns.map(({ name, kind }) => [name, sqlType(kind)]),
    )
    expect(types).toMatchObject({
      callId: 'VARCHAR',
      targetType: 'VARCHAR',
      targetId: 'VARCHAR',
      preferredAgentWaitMs: 'INTEGER',
      flags: 'VARCHAR[]',
      skills: 'STRUCT("name" VARCHAR, "minLevel" INTEGER)[]',
      arrival: 'JSON',
      arrivedAt: 'TIMESTAMPTZ',
      routedAtOffset: 'BIGINT',
      recordAt: 'TIMESTAMPTZ',
    })
    expect(types['lookups']).toContain('"facts" JSON')
  })

  test('every table has columns of different names, each with a meaning', () => {
    for (const { columns } of Object.values(tables)) {
      expect(new Set(columns.map(({ name }) => name.toLowerCase())).size).toBe(columns.length)
      expect(columns.filter(({ doc }) => doc === '')).toEqual([])
    }
  })

  test('facts for the agent’s screen never leave call.routed', () => {
    const names = tables.routed.columns.map(({ name }) => name)
    for (const hidden of ['context', 'summary', 'lookups', 'fallbacks']) {
      expect(names).not.toContain(hidden)
    }
  })

  test('a schema that names what it does not declare is refused', () => {
    const schema = { type: 'record', name: 'R', fields: [{ name: 'a', type: 'Nobody' }] }
    expect(() => columnsOf(schema, new Set())).toThrow('Nobody')
  })
})

describe('rows', () => {
  test('a record that is null gives null in all its columns', () => {
    const place = { partition: 3, offset: 7, appendedAt: 0 }
    const row = rowOf(tables.decision.columns, { ...decision, preferredAgent: null }, place)
    const at = (name: string) => row[tables.decision.columns.findIndex((one) => one.name === name)]
    expect([at('preferredAgentId'), at('targetId'), at('recordOffset'), at('recordAt')]).toEqual([
      null,
      'general',
      7,
      '1970-01-01T00:00:00.000Z',
    ])
  })

  test('CSV tells nothing from an empty text, and doubles quotes', () => {
    expect(csvLine([null, '', 'say "hi"', 4, true, ['a']])).toBe(
      ',"","say ""hi""",4,true,"[""a""]"\n',
    )
  })
})

describe('an export', () => {
  test('leaves repeats out and counts them', async () => {
    const topics = storedTopics()
    for (const no of [1, 1, 2, 3, 2]) topics.put('audit.fallback', fallbackNo(no), no % 2)
    const path = newFolder()
    expect(await run(topics, path, 'fallback')).toMatchObject({ rows: 3, repeats: 2 })
    expect(linesIn(path, 'fallback').map(({ eventId }) => eventId)).toHaveLength(3)
  })

  test('a decision and the same id as one that lost are two rows', async () => {
    const topics = storedTopics()
    topics.put('audit.decision', decision)
    topics.put('audit.decision', { ...decision, effective: false })
    expect(await run(topics, newFolder(), 'decision')).toMatchObject({ rows: 2, repeats: 0 })
  })

  test('of call.routed only the first not void record of a request is a row', async () => {
    const topics = storedTopics()
    const decidedAt = Math.floor(topics.time.nowMs())
    topics.put('call.routed', { ...routed, decisionId: 'void', decidedAt: decidedAt - 40_000 })
    topics.put('call.routed', { ...routed, decidedAt })
    topics.put('call.routed', { ...routed, decisionId: 'second', decidedAt })
    const path = newFolder()
    expect(await run(topics, path, 'routed')).toMatchObject({ rows: 1 })
    expect(linesIn(path, 'routed')[0]).toMatchObject({ decisionId: 'd1' })
  })

  test('goes on where it stopped, in new files, and knows the ids of before', async () => {
    const topics = storedTopics()
    for (const no of [1, 2]) topics.put('audit.fallback', fallbackNo(no))
    const path = newFolder()
    expect(await run(topics, path, 'fallback')).toMatchObject({ rows: 2, parts: 1 })
    expect(await run(topics, path, 'fallback')).toMatchObject({ rows: 0, parts: 0 })
    for (const no of [2, 3]) topics.put('audit.fallback', fallbackNo(no))
    expect(await run(topics, path, 'fallback')).toMatchObject({ rows: 1, repeats: 1, parts: 1 })
    expect(partsIn(path, 'fallback')).toEqual(['part-00001.jsonl', 'part-00002.jsonl'])
    expect(linesIn(path, 'fallback').map(({ eventId }) => eventId)).toEqual(['e1', 'e2', 'e3'])
  })

  test('ends a part at its limit and begins another; nothing is lost or told twice', async () => {
    const topics = storedTopics()
    for (let no = 0; no < 50; no += 1) topics.put('audit.fallback', fallbackNo(no), no % 2)
    const path = newFolder()
    const { parts, rows } = await run(topics, path, 'fallback', { partRowsMax: 7 })
    expect(rows).toBe(50)
    expect(parts).toBeGreaterThan(1)
    expect(new Set(linesIn(path, 'fallback').map(({ eventId }) => eventId)).size).toBe(50)
  })

  test('stops after the part under way when asked, and goes on later', async () => {
    const topics = storedTopics()
    for (let no = 0; no < 2000; no += 1) topics.put('audit.fallback', fallbackNo(no))
    const path = newFolder()
    const stopping = new AbortController()
    const progress = () => stopping.abort()
    const first = await run(topics, path, 'fallback', {
      partRowsMax: 5,
      signal: stopping.signal,
      progress,
    })
    const second = await run(topics, path, 'fallback', { partRowsMax: 10_000 })
    expect(first.rows).toBeLessThan(2000)
    expect(first.rows + second.rows).toBe(2000)
  })

  test('mends a torn file, and removes what a broken run left', async () => {
    const topics = storedTopics()
    for (let no = 0; no < 30; no += 1) topics.put('audit.fallback', fallbackNo(no))
    const path = newFolder()
    await run(topics, path, 'fallback', { partRowsMax: 5 })
    const last = partsIn(path, 'fallback').at(-1) ?? ''
    const before = linesIn(path, 'fallback')
    truncateSync(join(path, 'fallback', last), 100)
    writeFileSync(join(path, 'fallback', '.part-00099.jsonl'), '{"half')
    writeFileSync(join(path, 'fallback', 'part-00098.jsonl'), '{"not in the state"')
    const again = await run(topics, path, 'fallback')
    expect(again.dropped).toEqual([`fallback/${last}`])
    expect(linesIn(path, 'fallback')).toEqual(before)
  })

  test('a range takes what was stored in it', async () => {
    const topics = storedTopics()
    const at: number[] = []
    for (const no of [1, 2, 3]) {
      at.push(topics.put('audit.fallback', fallbackNo(no)).appendedAt)
      topics.time.after(1000, () => undefined)
      await topics.time.run()
    }
    const path = newFolder()
    const wanted: Wanted = {
      format: 'jsonl',
      from: { text: 'a', timeMs: at[1] ?? 0 },
      to: { text: 'b', timeMs: at[2] ?? 0 },
    }
    await run(topics, path, 'fallback', { wanted })
    expect(linesIn(path, 'fallback').map(({ eventId }) => eventId)).toEqual(['e2'])
  })

  test('leaves out and counts what can not be read', async () => {
    const topics = storedTopics()
    topics.put('audit.fallback', fallbackNo(1))
    topics.broker.append({
      topic: 'audit.fallback',
      partition: 0,
      key: 'k',
      value: Buffer.from('no'),
    })
    expect(await run(topics, newFolder(), 'fallback')).toMatchObject({ rows: 1, unreadable: 1 })
  })

  test('another range or format in the same folder is refused', async () => {
    const topics = storedTopics()
    const path = newFolder()
    await run(topics, path, 'fallback')
    await expect(
      run(topics, path, 'fallback', { wanted: everything('csv') }),
    ).rejects.toMatchObject({ code: 'XP_EXPORT_OTHER' })
  })

  test('a folder with anything else in it is refused, as is a state that is none', async () => {
    const topics = storedTopics()
    const path = newFolder()
    await run(topics, path, 'fallback')
    writeFileSync(join(path, 'export.json'), '{"version":1}')
    expect(() => openFolder(path).load()).toThrow(
      expect.objectContaining({ code: 'XP_EXPORT_STATE' }),
    )
    rmSync(join(path, 'export.json'))
    expect(() => openFolder(path).load()).toThrow(
      expect.objectContaining({ code: 'XP_EXPORT_FOLDER' }),
    )
  })

  test.each(['jsonl', 'csv', 'parquet'] as const)(
    'as %s holds the values of the records',
    async (format) => {
      const topics = storedTopics()
      topics.put('audit.decision', decision)
      const path = newFolder()
      await run(topics, path, 'decision', { wanted: everything(format) })
      const [file] = partsIn(path, 'decision')
      expect(file).toBe(`part-00001.${format}`)
      const pattern = join(path, 'decision', `*.${format}`)
      const source = { jsonl: 'read_json', csv: 'read_csv', parquet: 'read_parquet' }[format]
      const { rows } = await duck.query(
        `SELECT callId, targetId, effective, epoch_ms(arrivedAt::TIMESTAMPTZ) FROM ${source}('${pattern}')`,
      )
      expect(rows).toEqual([['call-1', 'general', true, decision.arrivedAt]])
    },
  )
})

describe('names and progress', () => {
  test('a table is named by itself or by its topic', () => {
    expect([tableNamed('late'), tableNamed('audit.late'), tableNamed('call.arrived')]).toEqual([
      'late',
      'late',
      null,
    ])
  })

  test('a bar on a terminal, a line each tenth elsewhere', () => {
    expect(barOf('late', 5, 10)).toContain('50 %  5 of 10 records')
    const lines: string[] = []
    const progress = createProgress({ write: (text) => lines.push(text) })
    for (let done = 0; done <= 100; done += 1) progress.at('late', done, 100)
    expect(lines).toHaveLength(10)
    expect(lines.at(-1)).toBe('late: 100 % of 100 records\n')
  })
})
