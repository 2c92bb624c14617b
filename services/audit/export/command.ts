/** `crosspoint audit export`. */
import { closeSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import type { Command } from 'commander'
import { CrosspointError } from '../../errors.ts'
import { example, settingsFromEnvironment } from '../../platform/environment.ts'
import { withTool } from '../../platform/tool.ts'
import { type Duck, openDuck } from '../duck.ts'
import { rangeGiven } from '../moment.ts'
import { EXPORT_LIMITS, type Exported, exportTable } from './export.ts'
import { openFolder } from './folder.ts'
import { createProgress } from './progress.ts'
import { continued, FORMATS, type Format, type Wanted } from './state.ts'
import { AUDIT_TABLES, loadTables, tableNamed, type TableName } from './tables.ts'

interface ExportCommandOptions {
  readonly out: string
  readonly format: string
  readonly from: string
  readonly to?: string
  readonly topic: readonly string[]
  readonly json?: true
}

const collect = (topic: string, before: readonly string[]): readonly string[] => [...before, topic]

export function registerExport(audit: Command): void {
  audit
    .command('export')
    .description(
      'Write the audit topics as files, a folder a table; docs/export.md tells the columns. ' +
        'The same command again goes on where it stopped, and adds what came since. ' +
        'Repeats are left out; callers stay tokens.',
    )
    .requiredOption('--out <folder>', 'where to; made if need be')
    .option('--format <format>', FORMATS.join(', '), 'jsonl')
    .option('--from <moment>', 'stored since: start, an age (10m, 2h, 1d) or an ISO time', 'start')
    .option('--to <moment>', 'stored before: an age or an ISO time (default: all there is now)')
    .option('--topic <name>', 'only this one; several times; call.routed too', collect, [])
    .option('--json', 'print what was written as JSON')
    .addHelpText(
      'after',
      example(
        [
          'crosspoint audit export --out audit --format parquet',
          'everything, for DuckDB or pandas',
        ],
        ['crosspoint audit export --out day --from 2026-11-20 --to 2026-11-21', 'one day'],
        ['crosspoint audit export --out why --topic audit.fallback --format csv', 'reasons only'],
      ),
    )
    .action(runExport)
}

const print = (line: string): void => void process.stdout.write(`${line}\n`)

async function runExport(options: ExportCommandOptions): Promise<void> {
  const now = Date.now()
  const wanted: Wanted = {
    format: formatNamed(options.format),
    ...rangeGiven(options, now),
    prefix: settingsFromEnvironment().TOPIC_PREFIX,
  }
  const names = options.topic.length === 0 ? AUDIT_TABLES : options.topic.map(tableGiven)
  const folder = openFolder(options.out)
  const unlock = lock(options.out)
  const stopping = new AbortController()
  process.once('SIGINT', () => stopping.abort())
  process.once('SIGTERM', () => stopping.abort())
  const duck = onceOpened()
  const progress = createProgress(process.stderr)
  try {
    const stored = folder.load()
    let state = continued(stored?.state ?? null, wanted, folder.stateFile)
    for (const file of stored?.dropped ?? []) print(`${file} is not whole: it is written again`)
    folder.save(state)
    folder.tidy(state)
    const tables = loadTables()
    const all: Exported[] = []
    await withTool('audit-export', async ({ client, codec }) => {
      const source = { reader: client.reader, offsets: client.offsets, codec }
      for (const name of new Set(names)) {
        const done = await exportTable(source, folder, state, tables[name], {
          ...EXPORT_LIMITS,
          duck: () => duck.open(),
          signal: stopping.signal,
          progress: (table, read, total) => progress.at(table.name, read, total),
        })
        progress.clear()
        state = done.state
        all.push(done.exported)
        if (!options.json) print(exportedLine(done.exported))
      }
    })
    if (options.json) {
      print(JSON.stringify({ out: options.out, tables: all.map(exportedJson) }))
    }
    if (stopping.signal.aborted) {
      if (!options.json) print('Stopped. The same command goes on from here.')
      process.exitCode = 130
    }
  } finally {
    progress.clear()
    await duck.close()
    unlock()
  }
}

function exportedLine({ table, parts, rows, bytes, repeats, unreadable }: Exported): string {
  if (parts === 0 && repeats + unreadable === 0) return `${table.name.padEnd(9)} nothing new`
  const files = parts === 1 ? '1 file' : `${parts} files`
  const size =
    bytes < 1_000_000 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`
  const out = [
    repeats === 0 ? null : `${repeats} repeats left out`,
    unreadable === 0 ? null : `${unreadable} unreadable left out`,
  ].filter((part) => part !== null)
  const left = out.length === 0 ? '' : `  (${out.join(', ')})`
  return `${table.name.padEnd(9)} ${String(rows).padStart(9)} rows  ${files.padStart(8)}  ${size.padStart(9)}${left}`
}

function exportedJson({ table, ...counts }: Exported) {
  return { table: table.name, topic: table.topic, ...counts }
}

function formatNamed(text: string): Format {
  const format = FORMATS.find((one) => one === text)
  if (format !== undefined) return format
  throw new CrosspointError('XP_USAGE', `--format is ${text}; allowed: ${FORMATS.join(', ')}`)
}

function tableGiven(text: string): TableName {
  const name = tableNamed(text)
  if (name !== null) return name
  const tables = Object.values(loadTables()).map(({ topic }) => topic)
  throw new CrosspointError('XP_USAGE', `--topic is ${text}; allowed: ${tables.join(', ')}`)
}

/** Enough for a part; more would only be held. */
const PARQUET_MEMORY_MB = 192

/** DuckDB, opened when it is asked for the first time. */
function onceOpened(): { open(): Promise<Duck>; close(): Promise<void> } {
  let opened: Promise<Duck> | null = null
  return {
    open: () => (opened ??= openDuck(PARQUET_MEMORY_MB)),
    async close() {
      if (opened !== null) (await opened.catch(() => null))?.close()
    },
  }
}

/** One export at a time in a folder. A lock whose process is gone is taken over. */
function lock(out: string): () => void {
  const file = join(out, '.lock')
  for (const again of [true, false]) {
    try {
      const descriptor = openSync(file, 'wx')
      writeSync(descriptor, String(process.pid))
      closeSync(descriptor)
      return () => rmSync(file, { force: true })
    } catch (cause) {
      if ((cause as { code?: string }).code !== 'EEXIST') throw cause
      const holder = Number(readFileSync(file, 'utf8'))
      if (!again || isAlive(holder)) {
        const what = `${out} is being written by process ${holder}`
        throw new CrosspointError('XP_EXPORT_FOLDER', what, { cause })
      }
      rmSync(file, { force: true })
    }
  }
  return () => undefined
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as { code?: string }).code === 'EPERM'
  }
}
