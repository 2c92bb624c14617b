/**
 * Processor priority of a process that starts on a machine which it shares with what is measured. A JVM
 * or a service compiles what it runs while it starts, for seconds of a core; on a machine of its own that
 * would be taken from nobody. Lowering needs no right, raising again does: without it nothing is done.
 */
import { readdirSync } from 'node:fs'
import { setPriority } from 'node:os'

/**
 * A third of the processor time that others get, where there is not enough for all. With a tenth (10) a
 * router took 51 s to start on a machine that had no idle moment, near what is waited for at most.
 */
const STARTING = 5
const mayRaise = (): boolean => process.getuid?.() === 0

/** Linux keeps it by thread, and a new one has that of the thread that made it. */
function threadsOf(pid: number): readonly number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).map(Number)
  } catch {
    return [pid]
  }
}

function give(pid: number, niceness: number): void {
  if (!mayRaise()) return
  for (const thread of threadsOf(pid)) {
    try {
      setPriority(thread, niceness)
    } catch {
      // It has ended meanwhile.
    }
  }
}

/** To be called as soon as a process runs; what it starts itself has it too. */
export const startGently = (pid: number): void => give(pid, STARTING)

/** Once it is ready it counts as much as all others. */
export function countFully(pid: number): void {
  give(pid, 0)
  // Threads that others made meanwhile, which were still low.
  give(pid, 0)
}
