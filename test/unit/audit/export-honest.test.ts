/** What an export does not pass over in silence. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { EXPORT_LIMITS, exportTable } from '../../../services/audit/export/export.ts'
import { openFolder } from '../../../services/audit/export/folder.ts'
import { continued } from '../../../services/audit/export/state.ts'
import { loadTables } from '../../../services/audit/export/tables.ts'
import { storedTopics } from './stored.ts'
import { applied } from './world.ts'

const root = mkdtempSync(join(tmpdir(), 'crosspoint-export-'))
let folders = 0
afterAll(() => rmSync(root, { recursive: true, force: true }))

const newFolder = (): string => join(root, String((folders += 1)))
const fallbackNo = (no: number) => ({ ...applied, eventId: `e${no}`, decisionId: `d${no}` })

/** One run of an export of audit.fallback, as the command does it. */
async function run(topics: ReturnType<typeof storedTopics>, path: string, prefix = '') {
  const folder = openFolder(path)
  const wanted = { format: 'jsonl', from: null, to: null, prefix } as const
  const state = continued(folder.load()?.state ?? null, wanted, folder.stateFile)
  folder.save(state)
  const done = await topics.read((source) =>
    exportTable(source, folder, state, loadTables().fallback, {
      ...EXPORT_LIMITS,
      duck: () => Promise.reject(new Error('no Parquet is written')),
      progress: () => undefined,
    }),
  )
  return done.exported
}

test('records that nobody can read are counted, also where there is no other', async () => {
  const topics = storedTopics()
  const value = Buffer.from('no avro')
  topics.broker.append({ topic: 'audit.fallback', partition: 0, key: 'a', value })
  const path = newFolder()
  expect(await run(topics, path)).toMatchObject({ rows: 0, unreadable: 1 })
  topics.put('audit.fallback', fallbackNo(1))
  expect(await run(topics, path)).toMatchObject({ rows: 1, unreadable: 1 })
})

test('topics that end before what was exported are those of another cluster', async () => {
  const path = newFolder()
  const first = storedTopics()
  first.put('audit.fallback', fallbackNo(1))
  first.put('audit.fallback', fallbackNo(2))
  await run(first, path)
  const other = storedTopics()
  other.put('audit.fallback', fallbackNo(3))
  await expect(run(other, path)).rejects.toMatchObject({ code: 'XP_EXPORT_OTHER' })
})

test('one environment is not taken for another', async () => {
  const path = newFolder()
  await run(storedTopics(), path, 'blue.')
  await expect(run(storedTopics(), path)).rejects.toThrow('TOPIC_PREFIX blue., not (none)')
  await run(storedTopics(), path, 'blue.')
})
