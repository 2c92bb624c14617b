/**
 * The files of an export. A part becomes visible under its name only when it is whole: it is written
 * under a name that begins with a dot, forced to disk and renamed. `export.json` follows after it.
 */
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { CrosspointError } from '../../errors.ts'
import { mended, parseState, type ExportState } from './state.ts'
import { TABLE_NAMES, type TableName } from './tables.ts'

const STATE_FILE = 'export.json'
const BUFFER_CHARACTERS = 256 * 1024

export interface Folder {
  readonly path: string
  readonly stateFile: string
  /** The stored state without what is torn, and what was dropped; null when nothing is stored. */
  load(): { readonly state: ExportState; readonly dropped: readonly string[] } | null
  /** Removes what a run that broke off left, and all parts that the state does not know. */
  tidy(state: ExportState): void
  save(state: ExportState): void
  /** Begins a file that is not visible yet. */
  begin(table: TableName, file: string): PartFile
}

export interface PartFile {
  readonly path: string
  readonly bytes: number
  write(text: string): void
  /** Ends writing; the file keeps its hidden name. */
  end(): void
  /** Makes a hidden file, this one unless told otherwise, the visible part. Gives its bytes. */
  publish(from?: string): number
  discard(): void
}

/** Opens a folder, made if need be unless told otherwise. Throws XP_EXPORT_FOLDER. */
export function openFolder(path: string, { make = true } = {}): Folder {
  const stateFile = join(path, STATE_FILE)
  const pathOf = (table: TableName, file: string): string => join(path, table, file)
  try {
    if (make) mkdirSync(path, { recursive: true })
    readdirSync(path)
  } catch (cause) {
    const { code } = cause as { code?: string }
    throw new CrosspointError('XP_EXPORT_FOLDER', `${path} can not be opened (${code})`, { cause })
  }
  return {
    path,
    stateFile,
    load() {
      if (!existsSync(stateFile)) {
        if (readdirSync(path).every((file) => file.startsWith('.'))) return null
        const what = `${path} is not empty, and no export that could be continued`
        throw new CrosspointError('XP_EXPORT_FOLDER', what)
      }
      const state = parseState(readFileSync(stateFile, 'utf8'), stateFile)
      return mended(state, (table, file) => sizeOf(pathOf(table, file)))
    },
    tidy(state) {
      for (const table of TABLE_NAMES) {
        const known = new Set(state.tables[table]?.parts.map(({ file }) => file))
        const folder = join(path, table)
        for (const file of existsSync(folder) ? readdirSync(folder) : []) {
          const ours = /^\.?part-\d+\./u.test(file)
          if (ours && !known.has(file)) rmSync(join(folder, file))
        }
      }
    },
    save(state) {
      const hidden = join(path, `.${STATE_FILE}`)
      writeFileSync(hidden, `${JSON.stringify(state, null, 1)}\n`, { flush: true })
      renameSync(hidden, stateFile)
    },
    begin: (table, file) => beginFile(join(path, table), file),
  }
}

function beginFile(folder: string, file: string): PartFile {
  mkdirSync(folder, { recursive: true })
  const path = join(folder, `.${file}`)
  const descriptor = openSync(path, 'w')
  let waiting: string[] = []
  let characters = 0
  let bytes = 0
  let open = true
  const flush = (): void => {
    const text = Buffer.from(waiting.join(''))
    for (let at = 0; at < text.length; ) at += writeSync(descriptor, text, at)
    bytes += text.length
    waiting = []
    characters = 0
  }
  const end = (): void => {
    if (!open) return
    flush()
    fsyncSync(descriptor)
    closeSync(descriptor)
    open = false
  }
  return {
    path,
    get bytes() {
      return bytes + characters
    },
    write(text) {
      waiting.push(text)
      characters += text.length
      if (characters >= BUFFER_CHARACTERS) flush()
    },
    end,
    publish(from = path) {
      end()
      const published = join(folder, file)
      renameSync(from, published)
      if (from !== path) rmSync(path, { force: true })
      return statSync(published).size
    },
    discard() {
      end()
      rmSync(path, { force: true })
    },
  }
}

function sizeOf(path: string): number | null {
  return statSync(path, { throwIfNoEntry: false })?.size ?? null
}
