/**
 * Parts recorded decisions among workers by partition and reads them in bounded memory: of each shard
 * first the late answers are kept, then the decisions pass by one at a time. With many late answers
 * there are more shards than workers, and the source is read once more for each round.
 */
import { Worker } from 'node:worker_threads'
import type { DecisionAudited } from '../../schemas/records.ts'
import { CrosspointError, type ErrorCode, ERRORS } from '../errors.ts'
import { requestKey } from '../domain/request.ts'
import { type LateAnswer, lateAnswerOf } from './core/recording.ts'
import type { RecordingSource, Shard, SourceSpec } from './sources/source.ts'
import { withSource } from './sources/with-source.ts'

/** What is done with recorded decisions; a module that exports `open` makes one in each worker. */
export interface Task {
  readonly needsLate: boolean
  take(decision: DecisionAudited, late: ReadonlyMap<string, LateAnswer>): void
  unreadable(where: string): void
  /** What was found; must survive being sent from a worker. */
  result(): unknown
}

export interface TaskModule {
  open(spec: unknown): Task
}

export interface CrewOptions {
  readonly source: SourceSpec
  /** Where the module of the task is. */
  readonly module: URL
  /** Given to its `open`; plain values. */
  readonly spec: unknown
  readonly needsLate: boolean
  readonly workersMax: number
  readonly size: { readonly decisions: number; readonly late: number }
  progress(done: number, total: number): void
}

/** Below this a worker takes longer to start than to work. */
const WORKER_WORTH = 20_000
/** Late answers kept at a time by each worker: some 100 MB. */
const LATE_MAX = 150_000
/** Records die young: a small nursery costs little and keeps memory down. */
const YOUNG_MB = 16
const TICK = 2000

/** What the tasks found, one result a worker. Rejects with the first error of any. */
export async function runCrew(options: CrewOptions): Promise<unknown[]> {
  const { size, workersMax, needsLate } = options
  const workers = Math.max(1, Math.min(workersMax, Math.ceil(size.decisions / WORKER_WORTH)))
  const rounds = needsLate ? Math.max(1, Math.ceil(size.late / (workers * LATE_MAX))) : 1
  const count = workers * rounds
  const shards = Array.from({ length: workers }, (_, worker) =>
    Array.from(
      { length: rounds },
      (_each, round): Shard => ({
        index: worker + round * workers,
        count,
      }),
    ),
  )
  let done = 0
  const tick = (more: number): void => {
    done += more
    options.progress(Math.min(done, size.decisions), size.decisions)
  }
  if (workers === 1) return [await work({ ...options, shards: shards[0] ?? [] }, tick)]
  return Promise.all(shards.map((own) => hire(options, own, tick)))
}

/** What one worker is told. */
export interface WorkOrder {
  readonly source: SourceSpec
  readonly module: URL | string
  readonly spec: unknown
  readonly shards: readonly Shard[]
}

/** Does the work of one worker, here. */
export async function work(
  { source, module, spec, shards }: WorkOrder,
  tick: (more: number) => void,
): Promise<unknown> {
  const tasks = (await import(String(module))) as TaskModule
  const task = tasks.open(spec)
  await withSource(source, async (recordings) => {
    for (const shard of shards) await readShard(recordings, shard, task, tick)
  })
  return task.result()
}

const NO_LATE: ReadonlyMap<string, LateAnswer> = new Map()

async function readShard(
  source: RecordingSource,
  shard: Shard,
  task: Task,
  tick: (more: number) => void,
): Promise<void> {
  const late = new Map<string, [dependency: string, answer: LateAnswer][]>()
  if (task.needsLate) {
    await source.late(shard, ({ value, where }) => {
      if (value === null) return task.unreadable(where)
      const key = requestKey(value)
      const known = late.get(key)
      if (known === undefined) late.set(key, [[value.dependency, lateAnswerOf(value)]])
      else known.push([value.dependency, lateAnswerOf(value)])
    })
  }
  let passed = 0
  await source.decisions(shard, ({ value, where }) => {
    passed += 1
    if (passed % TICK === 0) tick(TICK)
    if (value === null) return task.unreadable(where)
    const answers = late.size === 0 ? undefined : late.get(requestKey(value))
    task.take(value, answers === undefined ? NO_LATE : new Map(answers))
  })
  tick(passed % TICK)
}

/** What workers say. */
export type Said =
  | { readonly kind: 'tick'; readonly more: number }
  | { readonly kind: 'result'; readonly result: unknown }
  | { readonly kind: 'failed'; readonly error: unknown }

function hire(
  { source, module, spec }: CrewOptions,
  shards: readonly Shard[],
  tick: (more: number) => void,
): Promise<unknown> {
  const order: WorkOrder = { source, module: module.href, spec, shards }
  const worker = new Worker(new URL('worker-main.ts', import.meta.url), {
    workerData: order,
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB },
  })
  const { promise, resolve, reject } = Promise.withResolvers<unknown>()
  worker.on('message', (said: Said) => {
    if (said.kind === 'tick') tick(said.more)
    else if (said.kind === 'result') resolve(said.result)
    else reject(errorOf(said.error))
  })
  worker.on('error', reject)
  worker.on('exit', (code) => reject(new Error(`a worker ended with ${code} before its result`)))
  return promise.finally(() => void worker.terminate())
}

/** A thread's errors come as plain values. */
function errorOf(error: unknown): unknown {
  const { code, message } = error as { code?: ErrorCode; message?: string }
  const known = code !== undefined && Object.hasOwn(ERRORS, code)
  return known ? new CrosspointError(code, message ?? '') : error
}
