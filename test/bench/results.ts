/** What a benchmark run leaves in its file; the page is made from it alone. */
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { availableParallelism, cpus, totalmem } from 'node:os'
import type { LoadResult } from './load.ts'
import type { Pauses } from './measure/node-metrics.ts'
import type { Percentiles } from './measure/percentiles.ts'
import type { Taken } from './measure/processes.ts'
import { OBJECTIVE } from './objective.ts'

export interface Measured extends LoadResult {
  readonly contender: string
  readonly repetition: number
  readonly broken: readonly string[]
  readonly processes: readonly Taken[]
  /** By Node process. */
  readonly pauses: Readonly<Record<string, Pauses>>
  /** Garbage collections of a JVM among them since it started, ms; null without one. */
  readonly jvmPausesMs: Percentiles | null
}

export interface Results {
  readonly command: string
  readonly startedAt: string
  readonly commit: string
  readonly machine: {
    readonly cores: number
    readonly model: string
    readonly memoryGb: number
    readonly node: string
  }
  readonly objective: typeof OBJECTIVE
  /** What each contender is, by name. */
  readonly contenders: Readonly<Record<string, string>>
  readonly measured: readonly Measured[]
}

export function describeRun(contenders: Results['contenders']): Omit<Results, 'measured'> {
  const commit = execFileSync('git', ['describe', '--always', '--dirty'], { encoding: 'utf8' })
  return {
    command: ['npm run bench --', ...process.argv.slice(2)].join(' '),
    startedAt: new Date().toISOString(),
    commit: commit.trim(),
    machine: {
      cores: availableParallelism(),
      model: cpus()[0]?.model ?? 'unknown',
      memoryGb: Math.round(totalmem() / 1024 ** 3),
      node: process.version,
    },
    objective: OBJECTIVE,
    contenders,
  }
}

/** Written after each rate, so that a run that is broken off leaves what it measured. */
export function saveResults(file: string, results: Results): void {
  writeFileSync(file, `${JSON.stringify(results, null, 1)}\n`)
}
