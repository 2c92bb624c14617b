/**
 * The ground-truth log: what was really done to which request, written by those who did it. One
 * JSON object a line. The checker of design §9 compares the audit with it, so it shares nothing with
 * the services. Times are this host's, in milliseconds of Unix time.
 */
import { hash } from 'node:crypto'
import { openSync, writeSync } from 'node:fs'
import type { DependencyName, Fault, FaultMode } from './faults.ts'

/** A fault was switched. */
export interface FaultSwitched {
  readonly kind: 'fault'
  readonly at: number
  readonly dependency: DependencyName
  readonly fault: Fault
}

/** A request reached a system of record. */
export interface RequestTaken {
  readonly kind: 'request'
  readonly at: number
  /** Unique in the log; the matching `RequestEnded` repeats it. */
  readonly id: number
  readonly dependency: DependencyName
  /** `truthId` of what was asked for; null when the request did not get as far as to say. */
  readonly identifier: string | null
  /** What was done to it; `healthy` also where a fault struck only a share and spared this one. */
  readonly mode: FaultMode
}

/** A request is over. */
export interface RequestEnded {
  readonly kind: 'ended'
  readonly at: number
  readonly id: number
  /** `left`: the asker went away before the answer was complete. */
  readonly how: 'answered' | 'reset' | 'left'
  /** HTTP status, or null for a database. */
  readonly status: number | null
}

export type TruthLine = FaultSwitched | RequestTaken | RequestEnded

export interface GroundTruth {
  faultSwitched(dependency: DependencyName, fault: Fault): void
  /** Returns the request's id, to be ended once. */
  requestTaken(dependency: DependencyName, identifier: string | null, mode: FaultMode): number
  requestEnded(id: number, how: RequestEnded['how'], status: number | null): void
  /** Every line so far, oldest first; empty when the log goes to a file. */
  readonly lines: readonly TruthLine[]
}

/** Stands for a number or customer id in the log; the same for switch and stubs. */
export function truthId(dependency: DependencyName, identifier: string): string {
  return hash('sha256', `${dependency}\0${identifier}`, 'hex').slice(0, 32)
}

/**
 * Keeps the log in memory, or appends it to `file`. Lines are written at once: what a killed process
 * had done must still be known. The file stays open for as long as the process runs.
 */
export function createGroundTruth(
  options: { file?: string; now?: () => number } = {},
): GroundTruth {
  const { file, now = Date.now } = options
  const lines: TruthLine[] = []
  const log = file === undefined ? null : openSync(file, 'a')
  let lastId = 0
  const write = (line: TruthLine): void => {
    if (log === null) lines.push(line)
    else writeSync(log, `${JSON.stringify(line)}\n`)
  }
  return {
    lines,
    faultSwitched(dependency, fault) {
      write({ kind: 'fault', at: now(), dependency, fault })
    },
    requestTaken(dependency, identifier, mode) {
      lastId += 1
      const hashed = identifier === null ? null : truthId(dependency, identifier)
      write({ kind: 'request', at: now(), id: lastId, dependency, identifier: hashed, mode })
      return lastId
    },
    requestEnded(id, how, status) {
      write({ kind: 'ended', at: now(), id, how, status })
    },
  }
}
