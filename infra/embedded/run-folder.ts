/** A folder per run under the ignored `.crosspoint/`, named after the process that owns it. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { HOME } from './artifacts.ts'

export interface RunFolder {
  readonly path: string
  /** For what programs unpack or cache. */
  readonly temporary: string
  remove(): void
}

const RUNS = join(HOME, 'runs')

/** Makes a folder for this run, after removing those whose owners are dead. */
export function openRunFolder(): RunFolder {
  removeOrphans()
  mkdirSync(RUNS, { recursive: true })
  const path = mkdtempSync(join(RUNS, `${process.pid}-`))
  const temporary = join(path, 'tmp')
  mkdirSync(temporary)
  return { path, temporary, remove: () => removeFolder(path) }
}

/** Removes what runs left behind that could not tidy up, because they were killed. */
export function removeOrphans(): void {
  if (!existsSync(RUNS)) return
  for (const name of readdirSync(RUNS)) {
    const owner = Number.parseInt(name, 10)
    if (Number.isInteger(owner) && !isAlive(owner)) removeFolder(join(RUNS, name))
  }
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
