/**
 * `audit export`: the audit topics as files. Works in parts: a part is read, written, made visible and
 * noted in the state; what breaks off in between is read again. So memory is bounded, a file is whole
 * whenever it is seen, and a second call goes on where the first one stopped.
 */
import { rmSync } from 'node:fs'
import { HORIZON_MS } from '../../domain/horizon.ts'
import { CrosspointError } from '../../errors.ts'
import type { LogOffsets } from '../../platform/ports.ts'
import type { Duck } from '../duck.ts'
import { type DecodedSource, readRecords, type ReadRecord } from '../read-records.ts'
import { rememberLatest } from '../remember.ts'
import type { Folder, PartFile } from './folder.ts'
import { writeParquet } from './parquet.ts'
import { csvHeader, csvLine, jsonLine, rowOf } from './rows.ts'
import { type ExportState, type Format, type Part, withPart } from './state.ts'
import type { Table } from './tables.ts'

export interface ExportSource extends DecodedSource {
  readonly offsets: LogOffsets
}

export interface ExportOptions {
  /** A part ends at so many rows, or at so many bytes of what is written first. */
  readonly partRowsMax: number
  readonly partBytesMax: number
  /** How many ids of a table are remembered to tell repeats. */
  readonly idsMax: number
  /** Opens DuckDB; asked for only when Parquet is written. */
  readonly duck: () => Promise<Duck>
  /** Stops after the part under way. */
  readonly signal?: AbortSignal
  readonly progress: (table: Table, done: number, total: number) => void
}

export const EXPORT_LIMITS = {
  partRowsMax: 100_000,
  partBytesMax: 64_000_000,
  idsMax: 200_000,
} as const

/** What a run added to one table. */
export interface Exported {
  readonly table: Table
  readonly parts: number
  readonly rows: number
  readonly bytes: number
  readonly repeats: number
  readonly unreadable: number
}

/** Exports one table up to now, or to the end of the state's range. Gives the state after it. */
export async function exportTable(
  source: ExportSource,
  folder: Folder,
  before: ExportState,
  table: Table,
  options: ExportOptions,
): Promise<{ readonly state: ExportState; readonly exported: Exported }> {
  let state = before
  const range = await rangeOf(source.offsets, state, table)
  const fresh = rememberLatest(options.idsMax)
  let reading: Reading = { ...range, fresh, readFrom: range.rewound }
  const total = sum(range.until) - sum(range.next)
  const added: Part[] = []
  const left = { repeats: 0, unreadable: 0 }
  let whole = true
  while (whole && options.signal?.aborted !== true) {
    const tick = (done: number): void =>
      options.progress(table, Math.min(sum(reading.next) - sum(range.next) + done, total), total)
    const written = await readPart(source, folder, state, table, reading, options, tick)
    whole = written.full
    if (written.part === null) {
      left.repeats += written.repeats
      left.unreadable += written.unreadable
      break
    }
    state = withPart(state, table.name, written.part)
    folder.save(state)
    added.push(written.part)
    const { next, lastAt } = written.part
    reading = { ...reading, next, lastAt, readFrom: next }
  }
  const counted = totalOf(added)
  const repeats = counted.repeats + left.repeats
  const unreadable = counted.unreadable + left.unreadable
  return { state, exported: { table, parts: added.length, ...counted, repeats, unreadable } }
}

interface Range {
  /** First offsets that are not exported yet, and where to stop, by partition. */
  readonly next: readonly number[]
  readonly until: readonly number[]
  /** Append time of the last record exported, by partition. */
  readonly lastAt: readonly (number | null)[]
  /** Where reading begins, to learn the ids of what repeats may follow of. */
  readonly rewound: readonly number[]
}

async function rangeOf(offsets: LogOffsets, state: ExportState, table: Table): Promise<Range> {
  const { topic } = table
  const [ends, starts] = await Promise.all([offsets.ends(topic), offsets.starts(topic)])
  const stops = state.to === null ? ends : await offsets.at(topic, state.to.timeMs)
  const last = state.tables[table.name]?.parts.at(-1)
  const first = state.from === null ? starts : await offsets.at(topic, state.from.timeMs)
  const next = last === undefined ? first : first.map((start, p) => last.next[p] ?? start)
  if (last !== undefined && next.some((offset, p) => offset > (ends[p] ?? 0))) {
    const what = `${topic} ends before what was exported: these files are of another cluster or prefix`
    throw new CrosspointError('XP_EXPORT_OTHER', what)
  }
  const lastAt = first.map((_, partition) => last?.lastAt[partition] ?? null)
  // The auditor repeats at most what lies within H of its last commit (design §4).
  const rewound = await Promise.all(
    lastAt.map(async (at, partition) => {
      const here = next[partition] ?? 0
      if (at === null) return here
      const earlier = (await offsets.at(topic, at - HORIZON_MS))[partition] ?? here
      return Math.min(here, Math.max(earlier, first[partition] ?? 0))
    }),
  )
  const until = ends.map((end, p) => Math.max(Math.min(stops[p] ?? end, end), next[p] ?? 0))
  return { next, until, lastAt, rewound }
}

interface Reading extends Range {
  readonly readFrom: readonly number[]
  readonly fresh: (id: string) => boolean
}

interface Written {
  /** Null where no row was read. */
  readonly part: Part | null
  /** It ended because it was large enough; there may be more. */
  readonly full: boolean
  readonly repeats: number
  readonly unreadable: number
}

/** Reads and writes one part. */
async function readPart(
  source: ExportSource,
  folder: Folder,
  state: ExportState,
  table: Table,
  reading: Reading,
  { partRowsMax, partBytesMax, duck, signal }: ExportOptions,
  tick: (done: number) => void,
): Promise<Written> {
  const { topic } = table
  const number = nextNumber(state.tables[table.name]?.parts ?? [])
  const name = `part-${number}.${state.format}`
  const file = folder.begin(table.name, name)
  const counts = { rows: 0, repeats: 0, unreadable: 0, done: 0 }
  const next = [...reading.next]
  const lastAt = [...reading.lastAt]
  const enough = new AbortController()
  const take = lineOf(table, state.format, reading.fresh, counts)
  if (state.format === 'csv') file.write(csvHeader(table.columns))
  try {
    await readRecords(
      source,
      {
        topics: [topic],
        from: { offsets: new Map([[topic, reading.readFrom]]) },
        until: { offsets: new Map([[topic, reading.until]]) },
        signal: signal === undefined ? enough.signal : AbortSignal.any([enough.signal, signal]),
      },
      (read) => {
        const { partition, offset, appendedAt } = read.record
        const isHistory = offset < (next[partition] ?? 0)
        const line = take(read, isHistory)
        if (isHistory) return
        next[partition] = offset + 1
        lastAt[partition] = appendedAt
        counts.done += 1
        if (counts.done % 1000 === 0) tick(counts.done)
        if (line !== null) file.write(line)
        if (counts.rows >= partRowsMax || file.bytes >= partBytesMax) enough.abort()
      },
    )
    tick(counts.done)
    const { rows, repeats, unreadable } = counts
    if (rows === 0) {
      // Nothing to see, so nothing to note: a later run reads these few records again.
      file.discard()
      return { part: null, full: false, repeats, unreadable }
    }
    const bytes = await publish(file, state.format, table, duck)
    const part = { file: name, rows, bytes, repeats, unreadable, next, lastAt }
    return { part, full: enough.signal.aborted, repeats, unreadable }
  } catch (error) {
    file.discard()
    throw error
  }
}

/** A record as its line, or null for what is no row: history, a repeat, what can't be read. */
function lineOf(
  table: Table,
  format: Format,
  fresh: (id: string) => boolean,
  counts: { rows: number; repeats: number; unreadable: number },
): (read: ReadRecord, isHistory: boolean) => string | null {
  return (read, isHistory) => {
    const id = table.idOf(read)
    const isNew = id !== null && fresh(id)
    if (isHistory) return null
    if (read.value === null) {
      counts.unreadable += 1
      return null
    }
    if (!isNew) {
      counts.repeats += 1
      return null
    }
    counts.rows += 1
    const row = rowOf(table.columns, read.value, read.record)
    return format === 'csv' ? csvLine(row) : jsonLine(table.columns, row)
  }
}

async function publish(
  file: PartFile,
  format: Format,
  table: Table,
  duck: () => Promise<Duck>,
): Promise<number> {
  file.end()
  if (format !== 'parquet') return file.publish()
  const made = `${file.path}.made`
  try {
    await writeParquet(await duck(), table.columns, file.path, made)
    return file.publish(made)
  } finally {
    rmSync(made, { force: true })
  }
}

function nextNumber(parts: readonly Part[]): string {
  const last = parts.at(-1)?.file.replaceAll(/\D/gu, '') ?? '0'
  return String(Number(last) + 1).padStart(5, '0')
}

const sum = (numbers: readonly number[]): number => numbers.reduce((all, one) => all + one, 0)

function totalOf(parts: readonly Part[]) {
  const of = (key: 'rows' | 'bytes' | 'repeats' | 'unreadable'): number =>
    sum(parts.map((part) => part[key]))
  return {
    rows: of('rows'),
    bytes: of('bytes'),
    repeats: of('repeats'),
    unreadable: of('unreadable'),
  }
}
