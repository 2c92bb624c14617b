/** Recordings from a folder that `audit export --format jsonl` wrote. */
import { createReadStream, existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { DecisionAudited, LookupArrivedLate } from '../../../schemas/records.ts'
import { type ExportState, parseState } from '../../audit/export/state.ts'
import { loadTables, type TableName } from '../../audit/export/tables.ts'
import { CrosspointError } from '../../errors.ts'
import { recordOfRow } from './rows.ts'
import { isIn, type Recorded, type RecordingSource, type Shard } from './source.ts'

const CHUNK_BYTES = 1024 * 1024
const LINE_FEED = 10
const ALL: Shard = { index: 0, count: 1 }

/** Opens an export. Throws XP_WHAT_IF_SOURCE when the folder is none, or of another format. */
export function openFolderSource(path: string): RecordingSource {
  const state = stateOf(path)
  const tables = loadTables()
  const partsOf = (table: TableName) => state.tables[table]?.parts ?? []
  const rowsOf = (table: TableName): number =>
    partsOf(table).reduce((all, { rows }) => all + rows, 0)

  async function each<T>(
    table: TableName,
    shard: Shard,
    onRecord: (read: Recorded<T>) => void,
  ): Promise<void> {
    const toRecord = recordOfRow(tables[table].columns)
    for (const { file, rows } of partsOf(table)) {
      const part = join(path, table, file)
      if (!existsSync(part)) throw missing(`${table}/${file}`, path)
      let line = 0
      await eachLine(part, (bytes) => {
        line += 1
        if (shard.count > 1 && !isIn(shard, partitionOf(bytes))) return
        const where = `${table}/${file} line ${line}`
        onRecord({ value: parsed(bytes, toRecord) as T | null, where })
      })
      // What was taken out of a file must not go unnoticed; one worker tells it.
      if (line !== rows && shard.index === 0) {
        onRecord({ value: null, where: `${table}/${file}: ${line} lines, ${rows} were written` })
      }
    }
  }

  return {
    size: async () => ({ decisions: rowsOf('decision'), late: rowsOf('late') }),
    async policyTexts() {
      const texts = new Map<string, string>()
      await each<{ policyVersion: string; text: string }>('policy', ALL, ({ value }) => {
        if (value === null) return
        // Published again it is the newest again.
        texts.delete(value.policyVersion)
        texts.set(value.policyVersion, value.text)
      })
      return texts
    },
    late: (shard, onRecord) => each<LookupArrivedLate>('late', shard, onRecord),
    decisions: (shard, onRecord) => each<DecisionAudited>('decision', shard, onRecord),
  }
}

function missing(part: string, path: string): CrosspointError {
  return new CrosspointError('XP_EXPORT_FOLDER', `${part} in ${path} is gone`, {
    remedy: 'Run the same `crosspoint audit export` again: it writes the file anew.',
  })
}

function stateOf(path: string): ExportState {
  const file = join(path, 'export.json')
  if (!existsSync(file)) {
    throw new CrosspointError('XP_WHAT_IF_SOURCE', `${path} has no export.json`)
  }
  const state = parseState(readFileSync(file, 'utf8'), file)
  if (state.format !== 'jsonl') {
    throw new CrosspointError('XP_WHAT_IF_SOURCE', `${path} holds ${state.format}, not jsonl`)
  }
  for (const table of ['decision', 'policy'] as const) {
    if (state.tables[table] === undefined) {
      throw new CrosspointError('XP_WHAT_IF_SOURCE', `${path} has no table ${table}`)
    }
  }
  return state
}

function parsed(
  bytes: Buffer,
  toRecord: (row: Record<string, unknown>) => Record<string, unknown>,
): Record<string, unknown> | null {
  try {
    const row: unknown = JSON.parse(bytes.toString('utf8'))
    return row === null || typeof row !== 'object' ? null : toRecord(row as Record<string, unknown>)
  } catch {
    return null
  }
}

const TAIL_BYTES = 160
const PARTITION = '"recordPartition":'

/** The partition a line names near its end, without parsing the line; 0 when it names none. */
function partitionOf(line: Buffer): number {
  const tail = line.toString('latin1', Math.max(0, line.length - TAIL_BYTES))
  const at = tail.lastIndexOf(PARTITION)
  return at < 0 ? 0 : Number.parseInt(tail.slice(at + PARTITION.length), 10) || 0
}

async function eachLine(file: string, onLine: (line: Buffer) => void): Promise<void> {
  let rest: Buffer = Buffer.alloc(0)
  for await (const chunk of createReadStream(file, { highWaterMark: CHUNK_BYTES })) {
    const bytes: Buffer = rest.length === 0 ? chunk : Buffer.concat([rest, chunk as Buffer])
    let from = 0
    for (let end = bytes.indexOf(LINE_FEED); end >= 0; end = bytes.indexOf(LINE_FEED, from)) {
      if (end > from) onLine(bytes.subarray(from, end))
      from = end + 1
    }
    rest = bytes.subarray(from)
  }
  if (rest.length > 0) onLine(rest)
}
