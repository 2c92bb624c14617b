/** A folder per run under the ignored `.crosspoint/`, named after the process that owns it. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync } from 'node:fs'
import { rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { HOME } from './artifacts.ts'

export interface RunFolder {
  readonly path: string
  /** For what programs unpack or cache. */
  readonly temporary: string
  remove(): void
  /** Leaves it to people when the run is over, until a few later ones were left too. */
  keep(): void
}

const RUNS = join(HOME, 'runs')
const KEPT = 'kept'
const KEPT_MAX = 5

/** Makes a folder for this run, after removing those whose owners are dead. */
export function openRunFolder(): RunFolder {
  removeOrphans()
  mkdirSync(RUNS, { recursive: true })
  const path = mkdtempSync(join(RUNS, `${process.pid}-`))
  const temporary = join(path, 'tmp')
  mkdirSync(temporary)
  return {
    path,
    temporary,
    remove: () => removeFolder(path),
    keep() {
      removeFolder(temporary)
      writeFileSync(join(path, KEPT), '')
    },
  }
}

/** Removes what runs left behind that could not tidy up, because they were killed. */
export function removeOrphans(): void {
  if (!existsSync(RUNS)) return
  const orphans = readdirSync(RUNS).filter((name) => {
    const owner = Number.parseInt(name, 10)
    return Number.isInteger(owner) && !isAlive(owner)
  })
  const keptAt = new Map(orphans.map((name) => [name, keptAtMs(join(RUNS, name, KEPT))]))
  const kept = orphans.toSorted((a, b) => (keptAt.get(b) ?? 0) - (keptAt.get(a) ?? 0))
  for (const [index, name] of kept.entries()) {
    if (index >= KEPT_MAX || keptAt.get(name) === 0) removeFolder(join(RUNS, name))
  }
}

/** When a run was left to people; 0 when it was not. */
function keptAtMs(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0
}

function removeFolder(path: string): void {
  rmSync(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 })
}

/** Whether a process with this id exists, ours or not. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}
