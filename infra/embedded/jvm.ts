/**
 * Java programs as children of this process: found, started, watched and ended. A JVM started here
 * never outlives its parent, whatever ends the parent.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { CrosspointError } from '../../services/errors.ts'

export type Environment = Readonly<Record<string, string | undefined>>

/** How a child ended: its exit code, or the signal that ended it. */
interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

export interface Jvm {
  readonly name: string
  readonly pid: number
  readonly ended: Promise<Ended>
  running(): boolean
  kill(signal: NodeJS.Signals): void
  /** Asks it to end, and insists after `graceMs`; 0 insists at once. Resolves when it is gone. */
  stop(graceMs: number): Promise<void>
  /** The last lines it wrote, for error messages. */
  tail(): string
}

/**
 * For JVMs that share few cores with what they serve: their compiler works in bursts of a tenth of a second, for
 * minutes, and takes a core meanwhile. So it takes what others leave. The policy that this needs would raise the
 * threads that Java ranks highest, where the user may: those stay where they are. Who is not root gets a warning
 * about that.
 */
export const COMPILE_LAST = [
  '-XX:ThreadPriorityPolicy=1',
  '-XX:CompilerThreadPriority=10',
  '-XX:VMThreadPriority=0',
  ...[6, 7, 8, 9, 10].map((rank) => `-XX:JavaPriority${rank}_To_OSPriority=0`),
] as const

const MINIMUM_JAVA = 17
const TAIL_LINES = 15
const run = promisify(execFile)

/**
 * The `java` to use: JAVA_HOME's, else the PATH's. Throws XP_JAVA_MISSING when there is none or it is
 * older than 17.
 */
export async function findJava(environment: Environment): Promise<string> {
  const home = environment['JAVA_HOME']
  const inHome = home === undefined ? undefined : join(home, 'bin', 'java')
  const java = inHome !== undefined && existsSync(inHome) ? inHome : onPath('java', environment)
  if (java === undefined) {
    throw new CrosspointError('XP_JAVA_MISSING', 'There is no `java` on the PATH.')
  }
  const { stderr } = await run(java, ['-version']).catch((cause: unknown) => {
    throw new CrosspointError('XP_JAVA_MISSING', `\`${java} -version\` failed.`, { cause })
  })
  const major = Number(/version "(?:1\.)?(\d+)/.exec(stderr)?.[1] ?? 0)
  if (major < MINIMUM_JAVA) {
    const found = stderr.split('\n')[0] ?? 'nothing'
    throw new CrosspointError('XP_JAVA_MISSING', `${java} is too old: it says ${found}.`)
  }
  return java
}

/** The `mvn` to use, from the PATH. Throws XP_MAVEN_MISSING. */
export function findMaven(environment: Environment): string {
  const maven = onPath('mvn', environment)
  if (maven !== undefined) return maven
  throw new CrosspointError('XP_MAVEN_MISSING', 'There is no `mvn` on the PATH.')
}

function onPath(program: string, environment: Environment): string | undefined {
  const folders = (environment['PATH'] ?? '').split(':').filter((folder) => folder !== '')
  return folders.map((folder) => join(folder, program)).find((path) => existsSync(path))
}

/**
 * The shell becomes the JVM, so signals reach it directly; before that it leaves a watcher behind, which
 * waits for a word on a pipe that only this process holds. When this process dies, even by SIGKILL, the
 * pipe closes without the word and the watcher kills the JVM.
 */
const WATCHED = '(read -r word <&3; [ "$word" = ended ] || kill -9 $$) & exec "$@" 3<&-'

/**
 * Starts a JVM that writes to `logFile`. It gets a session of its own, so that an interrupt from the
 * terminal reaches only this process, which then ends things in order.
 */
export function startJvm(options: {
  readonly name: string
  readonly java: string
  readonly args: readonly string[]
  readonly logFile: string
  readonly environment: Environment
}): Jvm {
  const log = openSync(options.logFile, 'a', 0o600)
  const child = spawn('/bin/sh', ['-c', WATCHED, 'sh', options.java, ...options.args], {
    stdio: ['ignore', log, log, 'pipe'],
    detached: true,
    env: { ...options.environment },
  })
  closeSync(log)
  let alive = true
  const ended = endOf(child, () => {
    alive = false
  })
  const kill = (signal: NodeJS.Signals): void => void (alive && child.kill(signal))
  return {
    name: options.name,
    pid: child.pid ?? -1,
    ended,
    running: () => alive,
    kill,
    tail: () => lastLines(options.logFile),
    async stop(graceMs) {
      // A stopped (SIGSTOP) process hears nothing but SIGKILL and SIGCONT.
      kill('SIGCONT')
      kill(graceMs > 0 ? 'SIGTERM' : 'SIGKILL')
      const insist = setTimeout(() => kill('SIGKILL'), graceMs)
      await ended
      clearTimeout(insist)
    },
  }
}

function endOf(child: ChildProcess, onEnd: () => void): Promise<Ended> {
  const pipe = child.stdio[3]
  return new Promise((resolve) => {
    const finish = (ended: Ended): void => {
      onEnd()
      if (pipe !== null && pipe !== undefined && 'end' in pipe) pipe.end('ended\n')
      resolve(ended)
    }
    // The watcher may be gone before it hears the word; nobody needs to know.
    pipe?.on('error', () => undefined)
    child.once('exit', (code, signal) => finish({ code, signal }))
    child.once('error', () => finish({ code: 127, signal: null }))
  })
}

function lastLines(file: string): string {
  if (!existsSync(file)) return ''
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n')
  return lines.slice(-TAIL_LINES).join('\n')
}
