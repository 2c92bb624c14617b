/**
 * One embedded cluster that stays up between commands (`make up`, `make down`): a keeper process of its
 * own holds it, and a file under `.crosspoint/` says where it is. What that file says is never believed
 * without asking: keepers get killed and machines restart.
 */
import { execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { setTimeout as delay } from 'node:timers/promises'
import { z } from 'zod'
import { CrosspointError, ERRORS, type ErrorCode } from '../../services/errors.ts'
import { HOME } from './artifacts.ts'
import { startCluster } from './cluster.ts'
import { liveBrokers } from './ports.ts'
import { isAlive, removeOrphans } from './run-folder.ts'

const STATE_FILE = join(HOME, 'up.json')
const LOG_FILE = join(HOME, 'up.log')
const KEEP_WORD = 'keep-embedded-cluster'
const STOP_TIMEOUT_MS = 20_000
const START_TIMEOUT_MS = 30 * 60_000

const Kept = z.object({ pid: z.int(), brokers: z.string(), registryUrl: z.string() })
export type Kept = z.infer<typeof Kept>

/** Starts the kept cluster, or finds it running. */
export async function up(
  program: string,
  say: (line: string) => void,
): Promise<{ readonly kept: Kept; readonly began: boolean }> {
  const found = await findKept()
  if (found?.answers === true) return { kept: found.kept, began: false }
  if (found !== undefined) {
    say('A cluster was left behind and does not answer: removing it.')
    await down()
  }
  return { kept: await spawnKeeper(program, say), began: true }
}

/** Stops the kept cluster and removes its data; false when there was none. */
export async function down(): Promise<boolean> {
  const found = await findKept()
  if (found?.alive === true) await end(found.kept.pid)
  rmSync(STATE_FILE, { force: true })
  removeOrphans()
  return found?.alive === true
}

interface Found {
  readonly kept: Kept
  readonly alive: boolean
  readonly answers: boolean
}

async function findKept(): Promise<Found | undefined> {
  const kept = readState()
  if (kept === undefined) return undefined
  const alive = isKeeper(kept.pid)
  const port = Number(/:(\d+)/.exec(kept.brokers)?.[1] ?? 0)
  const answers = alive && port > 0 && (await liveBrokers(port, 2000).catch(() => [])).length > 0
  return { kept, alive, answers }
}

function readState(): Kept | undefined {
  try {
    return Kept.parse(JSON.parse(readFileSync(STATE_FILE, 'utf8')))
  } catch {
    // Absent, or not whole: as good as absent.
    return undefined
  }
}

/** A process id may belong to somebody else by now, so its command line decides. */
function isKeeper(pid: number): boolean {
  if (!isAlive(pid)) return false
  return commandLine(pid).includes(KEEP_WORD)
}

function commandLine(pid: number): string {
  const file = `/proc/${pid}/cmdline`
  if (existsSync(file)) return readFileSync(file, 'utf8')
  // Systems without /proc have ps.
  return execFileSync('ps', ['-o', 'args=', '-p', String(pid)], { encoding: 'utf8' })
}

async function end(pid: number): Promise<void> {
  process.kill(pid, 'SIGTERM')
  const endMs = performance.now() + STOP_TIMEOUT_MS
  while (isKeeper(pid)) {
    // Its Java processes die with it.
    if (performance.now() > endMs) process.kill(pid, 'SIGKILL')
    await delay(100)
  }
}

const ErrorName = z.custom<ErrorCode>((value) => typeof value === 'string' && value in ERRORS)
const Message = z.union([
  z.object({ say: z.string() }),
  z.object({ kept: Kept }),
  z.object({ code: ErrorName, failed: z.string(), remedy: z.string() }),
])

function spawnKeeper(program: string, say: (line: string) => void): Promise<Kept> {
  mkdirSync(HOME, { recursive: true })
  const log = openSync(LOG_FILE, 'w', 0o600)
  const keeper = spawn(process.execPath, [program, KEEP_WORD], {
    detached: true,
    stdio: ['ignore', log, log, 'ipc'],
  })
  return new Promise((resolve, reject) => {
    const giveUp = (text: string): void => reject(new CrosspointError('XP_CLUSTER_FAILED', text))
    const timer = setTimeout(() => {
      keeper.kill('SIGTERM')
      giveUp('The cluster did not start in time.')
    }, START_TIMEOUT_MS)
    keeper.on('exit', () => {
      clearTimeout(timer)
      giveUp(`The keeper of the cluster ended while it started; see ${LOG_FILE}.`)
    })
    keeper.on('message', (raw) => {
      const message = Message.parse(raw)
      if ('say' in message) return say(message.say)
      clearTimeout(timer)
      keeper.disconnect()
      if ('failed' in message) return reject(failureOf(message))
      keeper.unref()
      resolve(message.kept)
    })
  })
}

function failureOf(told: { code: ErrorCode; failed: string; remedy: string }): CrosspointError {
  return new CrosspointError(told.code, told.failed, { remedy: told.remedy })
}

/** The keeper's whole life: starts the cluster, tells its parent, and holds it until it is told to end. */
export async function keep(): Promise<void> {
  const tell = (message: z.infer<typeof Message>): void => void process.send?.(message)
  // A parent that leaves before the cluster is up was interrupted: nobody waits for this any more.
  const orphaned = (): never => process.exit(1)
  process.once('disconnect', orphaned)
  try {
    const cluster = await startCluster({
      brokers: 1,
      registry: true,
      say: (line) => tell({ say: line }),
    })
    const { brokers, registryUrl } = cluster
    const kept = { pid: process.pid, brokers, registryUrl }
    writeFileSync(STATE_FILE, `${JSON.stringify(kept)}\n`, { mode: 0o600 })
    process.off('disconnect', orphaned)
    const told = Promise.race(['SIGTERM', 'SIGINT', 'SIGHUP'].map((name) => signal(name)))
    tell({ kept })
    const life = setInterval(() => undefined, 2 ** 30)
    await told
    clearInterval(life)
    await cluster.stop()
    rmSync(STATE_FILE, { force: true })
  } catch (error) {
    process.off('disconnect', orphaned)
    const known = error instanceof CrosspointError
    tell({
      code: known ? error.code : 'XP_CLUSTER_FAILED',
      failed: error instanceof Error ? error.message : String(error),
      remedy: known ? error.remedy : `See ${LOG_FILE}.`,
    })
    process.exitCode = 1
  }
}

function signal(name: string): Promise<void> {
  return new Promise((resolve) => void process.once(name, () => resolve()))
}

/** Whether this process was started as a keeper. */
export function isKeepWord(word: string | undefined): boolean {
  return word === KEEP_WORD
}
