/**
 * What an export has done so far, as it stands in `export.json` beside the files: which parts are
 * whole, and how far in each partition each of them reaches. Pure.
 */
import { z } from 'zod'
import { CrosspointError } from '../../errors.ts'
import { TABLE_NAMES, type TableName } from './tables.ts'

export const FORMATS = ['jsonl', 'csv', 'parquet'] as const
export type Format = (typeof FORMATS)[number]

const count = z.number().int().nonnegative()

const part = z.object({
  /** Its name within the folder of its table. */
  file: z.string().regex(/^part-\d{5,}\.(jsonl|csv|parquet)$/u),
  rows: count,
  bytes: count,
  /** Records left out of it as repeats, and as unreadable. */
  repeats: count,
  unreadable: count,
  /** Next offset to read, by partition. */
  next: z.array(count),
  /** Append time of the last record read, by partition; null before the first. */
  lastAt: z.array(z.number().nullable()),
})

const moment = z.object({ text: z.string(), timeMs: z.number() })

const stateShape = z.object({
  version: z.literal(1),
  format: z.enum(FORMATS),
  /** As given and as it was understood then; null: from the first record that is kept. */
  from: moment.nullable(),
  /** Null: up to whatever is stored when the export runs. */
  to: moment.nullable(),
  /** TOPIC_PREFIX: offsets of one environment mean nothing in another. */
  prefix: z.string().optional(),
  tables: z.partialRecord(z.enum(TABLE_NAMES), z.object({ parts: z.array(part) })),
})

export type Part = z.infer<typeof part>
export type Moment = z.infer<typeof moment>
export type ExportState = z.infer<typeof stateShape>

/** Reads the text of `export.json`. Throws XP_EXPORT_STATE when it is none. */
export function parseState(text: string, file: string): ExportState {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (cause) {
    throw new CrosspointError('XP_EXPORT_STATE', 'is not JSON', { place: { file }, cause })
  }
  const parsed = stateShape.safeParse(json)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  const what = `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'not the state of an export'}`
  throw new CrosspointError('XP_EXPORT_STATE', what, { place: { file } })
}

export interface Wanted {
  readonly format: Format
  readonly from: Moment | null
  readonly to: Moment | null
  readonly prefix?: string
}

/**
 * The state to go on from: a new one, or the stored one if it is of the same export. An age such as 1d
 * means what it meant when the export began. Throws XP_EXPORT_OTHER when the folder holds another.
 */
export function continued(stored: ExportState | null, wanted: Wanted, file: string): ExportState {
  if (stored === null) return { version: 1, ...wanted, tables: {} }
  const differs = (['format', 'from', 'to'] as const).filter(
    (name) => told(stored[name]) !== told(wanted[name]),
  )
  const { prefix = wanted.prefix } = stored
  const what = differs.map((name) => `--${name} ${told(stored[name])}, not ${told(wanted[name])}`)
  if (prefix !== wanted.prefix) {
    what.push(`TOPIC_PREFIX ${told(prefix || null)}, not ${told(wanted.prefix || null)}`)
  }
  if (what.length === 0) return stored
  throw new CrosspointError('XP_EXPORT_OTHER', `it was begun with ${what.join(' and ')}`, {
    place: { file },
  })
}

const told = (value: Moment | string | null): string =>
  value === null ? '(none)' : typeof value === 'string' ? value : value.text

/** The state with one more part of a table. */
export function withPart(state: ExportState, table: TableName, added: Part): ExportState {
  const parts = [...(state.tables[table]?.parts ?? []), added]
  return { ...state, tables: { ...state.tables, [table]: { parts } } }
}

/**
 * The state without the first part that is not as it was left, and without all after it: what they
 * held is read again. `sizeOf` gives a file's bytes, null when it is gone. Tells what was dropped.
 */
export function mended(
  state: ExportState,
  sizeOf: (table: TableName, file: string) => number | null,
): { readonly state: ExportState; readonly dropped: readonly string[] } {
  const dropped: string[] = []
  const tables: ExportState['tables'] = {}
  for (const table of TABLE_NAMES) {
    const parts = state.tables[table]?.parts
    if (parts === undefined) continue
    const torn = parts.findIndex(({ file, bytes }) => sizeOf(table, file) !== bytes)
    const whole = torn < 0 ? parts : parts.slice(0, torn)
    dropped.push(...parts.slice(whole.length).map(({ file }) => `${table}/${file}`))
    tables[table] = { parts: whole }
  }
  return { state: { ...state, tables }, dropped }
}
