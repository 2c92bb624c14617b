/** From start to an orderly end: signals, a deadline for stopping, and errors nobody caught. */
import type { Logger } from './log.ts'

/** As errors.md has it: it could not be done. */
const NOT_DONE = 3

export interface Lifecycle {
  /** Adds a step to the stop; steps run one after the other, the last added first. */
  onStop(name: string, stop: () => Promise<void> | void): void
  /** Stops as a signal would; a second call waits for the first. */
  stop(reason: string): Promise<void>
  /** Resolves once everything is stopped. */
  readonly stopped: Promise<void>
}

export interface LifecycleOptions {
  readonly log: Logger
  readonly timeoutMs: number
  /** `process`, or a stand-in in tests. */
  readonly host: Pick<NodeJS.Process, 'on' | 'off'> & { exit(code: number): void }
}

/**
 * SIGTERM and SIGINT stop in order; past the deadline, or on a second signal, the process ends with
 * code 3. An error nobody caught is logged and ends the process with code 3 at once: what state it
 * left is not known, and a restart is safe by design.
 */
export function createLifecycle({ log, timeoutMs, host }: LifecycleOptions): Lifecycle {
  const steps: { name: string; stop: () => Promise<void> | void }[] = []
  const ended = Promise.withResolvers<void>()
  let stopping = false

  const stop = async (reason: string): Promise<void> => {
    if (stopping) return ended.promise
    stopping = true
    log.info({ reason }, 'stopping')
    const deadline = setTimeout(() => {
      log.error({ timeoutMs }, 'could not stop in time')
      host.exit(NOT_DONE)
    }, timeoutMs)
    for (const step of steps.toReversed()) {
      try {
        await step.stop()
      } catch (error) {
        log.warn({ step: step.name, error }, 'a step of the stop failed')
      }
    }
    clearTimeout(deadline)
    host.off('SIGTERM', onSignal)
    host.off('SIGINT', onSignal)
    host.off('uncaughtException', onCrash)
    host.off('unhandledRejection', onCrash)
    log.info('stopped')
    ended.resolve()
  }

  const onSignal = (signal: NodeJS.Signals): void => {
    if (stopping) host.exit(NOT_DONE)
    else void stop(signal)
  }
  const onCrash = (error: unknown): void => {
    log.fatal({ error }, 'an error nobody caught')
    host.exit(NOT_DONE)
  }
  host.on('SIGTERM', onSignal)
  host.on('SIGINT', onSignal)
  host.on('uncaughtException', onCrash)
  host.on('unhandledRejection', onCrash)

  return {
    onStop: (name, run) => void steps.push({ name, stop: run }),
    stop,
    stopped: ended.promise,
  }
}
