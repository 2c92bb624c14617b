/** Who ran what, where and when: the head of each part of the results. */
import { execFileSync, spawnSync } from 'node:child_process'
import { availableParallelism, cpus, loadavg, release, totalmem } from 'node:os'
import type { Run } from './results.ts'

export function describeRun(java: string): Run {
  const commit = execFileSync('git', ['describe', '--always', '--dirty'], { encoding: 'utf8' })
  const now = new Date().toISOString()
  return {
    command: ['npm run bench --', ...withoutPlace(process.argv.slice(2))]
      .join(' ')
      .replace(/ --$/u, ''),
    startedAt: now,
    endedAt: now,
    commit: commit.trim(),
    machine: {
      cores: availableParallelism(),
      model: cpus()[0]?.model ?? 'unknown',
      memoryGb: Math.round(totalmem() / 1024 ** 3),
      kernel: release(),
      node: process.version,
      java: javaVersion(java),
      loadBefore: loadavg()[0] ?? 0,
    },
    failures: [],
  }
}

/** Where the results went is no part of how they came. */
const withoutPlace = (args: readonly string[]): readonly string[] =>
  args.filter((arg, at) => !arg.startsWith('--out') && args[at - 1] !== '--out')

function javaVersion(java: string): string {
  const { stderr } = spawnSync(java, ['-version'], { encoding: 'utf8' })
  return /version "([^"]+)"/u.exec(stderr)?.[1] ?? 'unknown'
}
