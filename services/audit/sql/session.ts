/** A database over an export, open for reading and for nothing else. */
import { resolve } from 'node:path'
import { CrosspointError } from '../../errors.ts'
import { type Duck, literal, openDuck } from '../duck.ts'
import { openFolder } from '../export/folder.ts'
import type { ExportState } from '../export/state.ts'
import { AUDIT_TABLES, loadTables } from '../export/tables.ts'
import { tableSql, viewsSql } from './views.ts'

/**
 * Opens DuckDB over the whole parts of an export. From then on it reads the export's folder only: no
 * other file, no network, no extension, and no setting can be changed. Throws XP_EXPORT_FOLDER.
 */
export async function openSession(path: string): Promise<Duck> {
  const state = stateOf(path)
  const duck = await openDuck()
  try {
    await duck.run(`SET allowed_directories = [${literal(resolve(path))}]`)
    await duck.run('SET enable_external_access = false')
    for (const table of Object.values(loadTables())) {
      const parts = state.tables[table.name]?.parts ?? []
      // Exported only when it was named: without it no count of its rows would be true.
      if (parts.length === 0 && !AUDIT_TABLES.includes(table.name)) continue
      const files = parts.map(({ file }) => resolve(path, table.name, file))
      await duck.run(tableSql(table, state.format, files))
    }
    for (const sql of viewsSql()) await duck.run(sql)
    await duck.run('SET lock_configuration = true')
    return duck
  } catch (error) {
    duck.close()
    throw error
  }
}

function stateOf(path: string): ExportState {
  const stored = openFolder(path, { make: false }).load()
  if (stored === null) throw new CrosspointError('XP_EXPORT_FOLDER', `${path} holds no export`)
  const [torn] = stored.dropped
  if (torn === undefined) return stored.state
  throw new CrosspointError('XP_EXPORT_FOLDER', `${torn} in ${path} is not whole`, {
    remedy: 'Run the same `crosspoint audit export` again: it mends the file.',
  })
}
