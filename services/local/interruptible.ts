/** A command that people may break off. */

const INTERRUPTED = 130

class Interrupted extends Error {}

/**
 * Runs `work` with a signal that aborts at the first SIGINT or SIGTERM; the second ends the process at
 * once. When the first one ended the work, says `parting()` where that writes, and the exit code is 130.
 * Rejects with any other error of `work`.
 */
export async function interruptible(
  work: (signal: AbortSignal) => Promise<void>,
  parting: () => void,
): Promise<void> {
  const stopping = new AbortController()
  const onSignal = (): void => {
    if (stopping.signal.aborted) process.exit(INTERRUPTED)
    stopping.abort(new Interrupted())
  }
  process.on('SIGINT', onSignal)
  process.on('SIGTERM', onSignal)
  try {
    await work(stopping.signal)
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error
    parting()
    process.exitCode = INTERRUPTED
  } finally {
    process.off('SIGINT', onSignal)
    process.off('SIGTERM', onSignal)
  }
}
