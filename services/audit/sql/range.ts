/** An export, or a range of the topics that is exported for as long as it is looked at. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Command } from 'commander'
import { CrosspointError } from '../../errors.ts'
import { withTool } from '../../platform/tool.ts'
import type { Duck } from '../duck.ts'
import { EXPORT_LIMITS, exportTable } from '../export/export.ts'
import { openFolder } from '../export/folder.ts'
import { createProgress } from '../export/progress.ts'
import type { ExportState, Moment } from '../export/state.ts'
import { AUDIT_TABLES, loadTables } from '../export/tables.ts'
import { rangeGiven } from '../moment.ts'
import { openSession } from './session.ts'

export interface RangeOptions {
  readonly export?: string
  readonly from?: string
  readonly to?: string
}

/** Adds the options that `withRange` understands. */
export function addRangeOptions(command: Command): Command {
  return command
    .option('--export <folder>', 'read an export instead of the topics')
    .option('--from <moment>', 'stored since: start, an age (10m, 2h, 1d) or an ISO time')
    .option('--to <moment>', 'stored before: an age or an ISO time')
}

/**
 * Opens the range for reading, runs, and removes what was made for it, also when interrupted. `nowMs`
 * is what ages are counted from, Unix time.
 */
export async function withRange<T>(
  options: RangeOptions,
  nowMs: number,
  run: (duck: Duck) => Promise<T>,
): Promise<T> {
  if (options.export === undefined) return withTopics(options, nowMs, run)
  if (options.from !== undefined || options.to !== undefined) {
    const what = '--export has a range of its own: give it, or --from and --to'
    throw new CrosspointError('XP_USAGE', what)
  }
  return withSession(options.export, run)
}

async function withSession<T>(path: string, run: (duck: Duck) => Promise<T>): Promise<T> {
  const duck = await openSession(path)
  try {
    return await run(duck)
  } finally {
    duck.close()
  }
}

async function withTopics<T>(
  { from = 'start', to }: RangeOptions,
  nowMs: number,
  run: (duck: Duck) => Promise<T>,
): Promise<T> {
  const wanted = rangeGiven({ from, to }, nowMs)
  const path = mkdtempSync(join(tmpdir(), 'crosspoint-audit-'))
  const remove = (): void => rmSync(path, { recursive: true, force: true })
  const onSignal = (): void => {
    remove()
    process.exit(130)
  }
  process.once('SIGINT', onSignal)
  process.once('SIGTERM', onSignal)
  try {
    await exportRange(path, wanted)
    return await withSession(path, run)
  } finally {
    process.off('SIGINT', onSignal)
    process.off('SIGTERM', onSignal)
    remove()
  }
}

async function exportRange(
  path: string,
  wanted: { readonly from: Moment | null; readonly to: Moment | null },
): Promise<void> {
  const folder = openFolder(path)
  const tables = loadTables()
  const progress = createProgress(
    process.stderr.isTTY ? process.stderr : { write: () => undefined },
  )
  let state: ExportState = { version: 1, format: 'jsonl', ...wanted, tables: {} }
  folder.save(state)
  await withTool('audit-read', async ({ client, codec }) => {
    const source = { reader: client.reader, offsets: client.offsets, codec }
    for (const name of AUDIT_TABLES) {
      const done = await exportTable(source, folder, state, tables[name], {
        ...EXPORT_LIMITS,
        duck: () =>
          Promise.reject(new CrosspointError('XP_INTERNAL', 'no Parquet is written here')),
        progress: (table, read, total) => progress.at(table.name, read, total),
      })
      state = done.state
    }
  })
  progress.clear()
}
