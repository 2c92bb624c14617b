/** The children of one deployment on this machine, with their logs in one folder, ended together. */
import { startChild, type Child } from './processes.ts'

export type Environment = Readonly<Record<string, string | undefined>>

export interface Nursery {
  /** Lives until it is stopped, by itself or with all the others. */
  raise(name: string, command: string, args: readonly string[], environment: Environment): Child
  /** Does one thing and ends; rejects when it fails. */
  run(name: string, command: string, args: readonly string[], env: Environment): Promise<void>
  stop(): Promise<void>
  /** Rejects when one of those raised so far ends by itself. */
  died(): Promise<never>
}

const START_TIMEOUT_MS = 60_000

/** `environment` is what every child gets besides its own. */
export function createNursery(options: {
  readonly environment: Environment
  readonly folder: string
  readonly signal: AbortSignal
}): Nursery {
  const { environment, folder, signal } = options
  const children: Child[] = []
  const start: Nursery['raise'] = (name, command, args, own) =>
    startChild({
      name,
      command,
      args,
      environment: { ...environment, ...own },
      folder,
      signal,
      startTimeoutMs: START_TIMEOUT_MS,
    })
  return {
    raise(...given) {
      const child = start(...given)
      children.push(child)
      return child
    },
    run: (...given) => start(...given).ended,
    stop: async () => {
      await Promise.all(children.map((child) => child.stop()))
    },
    died: () => Promise.race(children.map(({ died }) => died)),
  }
}
