/** Which cores a process may use. */
import { execFile } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { promisify } from 'node:util'
import { CrosspointError } from '../errors.ts'

/** Confines processes, with all their threads, to the first core, or lets them use every one. */
export async function useCores(pids: readonly number[], count: 'one' | 'all'): Promise<void> {
  const cores = count === 'one' ? '0' : `0-${availableParallelism() - 1}`
  try {
    await Promise.all(
      pids.map((pid) => promisify(execFile)('taskset', ['-apc', cores, String(pid)])),
    )
  } catch (error) {
    throw new CrosspointError('XP_CHAOS_STUCK', `taskset: ${String(error)}`)
  }
}
