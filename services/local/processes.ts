/**
 * Programs of a deployment on this machine, run as a user would run them: each a child process with its
 * log in a file. None outlives the process that started it, whatever ends that.
 */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { z } from 'zod'
import { startJvm } from '../../infra/embedded/jvm.ts'
import { CrosspointError } from '../errors.ts'

export interface Program {
  readonly name: string
  readonly logFile: string
  /** Port of health and metrics. */
  readonly httpPort: number
  stop(): Promise<void>
}

export interface ProgramOptions {
  readonly name: string
  /** An executable and its arguments. */
  readonly command: string
  readonly args: readonly string[]
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly folder: string
  readonly startTimeoutMs: number
  readonly signal: AbortSignal
}

const POLL_MS = 50
const ANSWER_MS = 1000
const GRACE_MS = 10_000

export interface Child {
  readonly name: string
  readonly pid: number
  readonly logFile: string
  running(): boolean
  /** Waits for the first line of its log that `read` makes something of. */
  firstLine<T>(read: (line: string) => T | null): Promise<T>
  /** Waits until `ready` says so. */
  until(what: string, ready: () => Promise<boolean>): Promise<void>
  /** Rejects when the child ends by itself, for whatever reason. */
  readonly died: Promise<never>
  /** Resolves when it ended with code 0, rejects when it ended otherwise. */
  readonly ended: Promise<void>
  /** Sends a signal; SIGKILL ends it without a word. Waits only in `ended` or `stop`. */
  kill(signal: NodeJS.Signals): void
  stop(): Promise<void>
}

/** Starts a child with a log of its own. Every wait on it ends when it dies or its time is up. */
export function startChild(options: ProgramOptions): Child {
  const { name, command, args, environment, folder, startTimeoutMs } = options
  const logFile = join(folder, `${name}.log`)
  const child = startJvm({ name, java: command, args, logFile, environment })
  const endMs = performance.now() + startTimeoutMs
  let stopping = false

  const failure = (what: string): CrosspointError =>
    new CrosspointError('XP_PROGRAM_FAILED', `${name} ${what}. Its log ends:\n${child.tail()}`)
  const died = (async (): Promise<never> => {
    const end = await child.ended
    if (stopping) return new Promise<never>(() => {})
    throw failure(`ended by itself (${end.signal ?? `code ${end.code}`})`)
  })()
  // Whoever waits hears of it; nobody waiting is no crash.
  died.catch(() => undefined)

  const ended = (async () => {
    const { code } = await child.ended
    if (code !== 0) throw failure(`ended with code ${code}`)
  })()
  ended.catch(() => undefined)

  const until = async (what: string, ready: () => Promise<boolean>): Promise<void> => {
    while (!(await ready().catch(() => false))) {
      options.signal.throwIfAborted()
      if (!child.running()) await died
      if (performance.now() > endMs) throw failure(`was not ${what} within ${startTimeoutMs} ms`)
      await delay(POLL_MS)
    }
  }
  return {
    name,
    pid: child.pid,
    logFile,
    died,
    ended,
    until,
    running: () => child.running(),
    kill: (by) => child.kill(by),
    async firstLine(read) {
      let found: { readonly value: ReturnType<typeof read> } | null = null
      await until('started', async () => {
        const lines = existsSync(logFile) ? readFileSync(logFile, 'utf8').split('\n') : []
        const value = lines
          .slice(0, -1)
          .map(read)
          .find((one) => one !== null)
        if (value !== undefined) found = { value }
        return value !== undefined
      })
      const { value } = found ?? { value: null }
      if (value === null) throw failure('said nothing')
      return value
    },
    async stop() {
      stopping = true
      await child.stop(GRACE_MS)
    },
  }
}

const HEALTH_LINE = z.object({ msg: z.literal('health and metrics'), port: z.number() })

/** The JSON of a line, or null when it is none or of another shape. */
export function jsonLine<T>(shape: z.ZodType<T>): (line: string) => T | null {
  return (line) => {
    try {
      return shape.safeParse(JSON.parse(line)).data ?? null
    } catch {
      return null
    }
  }
}

const answers = async (url: string): Promise<boolean> =>
  (await fetch(url, { signal: AbortSignal.timeout(ANSWER_MS) })).ok

/** Waits until a service of ours is ready, and says where its health and metrics are. */
export async function whenReady(child: Child): Promise<Program> {
  const { port } = await child.firstLine(jsonLine(HEALTH_LINE))
  await child.until('ready', () => answers(`http://127.0.0.1:${port}/readyz`))
  return { name: child.name, logFile: child.logFile, httpPort: port, stop: () => child.stop() }
}

/** The metrics page of a program as text; empty when it does not answer. */
export async function metricsOf({ httpPort }: Program): Promise<string> {
  try {
    const url = `http://127.0.0.1:${httpPort}/metrics`
    const response = await fetch(url, { signal: AbortSignal.timeout(ANSWER_MS) })
    return response.ok ? await response.text() : ''
  } catch {
    return ''
  }
}

/** Records between the end of the log and what a program has read, from its metrics page. */
export function lagIn(page: string): number {
  return sumIn(page, (line) => line.startsWith('crosspoint_consumer_lag_records'))
}

/** The values of those lines of a metrics page (name, labels, value) added up; 0 where there is none. */
export function sumIn(page: string, wanted: (line: string) => boolean): number {
  const lines = page.split('\n').filter(wanted)
  return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0)
}
