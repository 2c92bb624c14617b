/** Runs many worlds on all cores: threads that take seeds, a few at a time, and tell what came of each. */
import { Worker } from 'node:worker_threads'
import type { Statistics, Violation } from './judge.ts'

/** What came of one seed; the same whichever thread ran it. */
export interface Told {
  readonly seed: number
  readonly violations: readonly Violation[]
  readonly statistics: Statistics
  readonly valid: boolean
}

export interface Order {
  readonly seeds: readonly number[]
  readonly calls: number
}

export interface CrewOptions {
  readonly first: number
  readonly count: number
  readonly calls: number
  readonly workers: number
}

/** Seeds a thread takes at a time: few, for worlds differ in size. */
const SHARE = 8

/** Calls back once a seed, in no particular order; rejects when a thread dies. */
export async function runSeeds(
  { first, count, calls, workers }: CrewOptions,
  told: (told: Told) => void,
): Promise<void> {
  let next = first
  const end = first + count
  const take = (): Order => {
    const from = next
    next = Math.min(end, next + SHARE)
    return { seeds: Array.from({ length: next - from }, (_, index) => from + index), calls }
  }
  const work = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const worker = new Worker(new URL('crew-worker.ts', import.meta.url), {
        // A world lives briefly and is thrown away whole.
        resourceLimits: { maxYoungGenerationSizeMb: 64 },
      })
      let left = 0
      const order = (): void => {
        const taken = take()
        left = taken.seeds.length
        // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
        if (left > 0) worker.postMessage(taken)
        else void worker.terminate().then(() => resolve(), reject)
      }
      worker.on('error', reject)
      worker.on('message', (result: Told) => {
        told(result)
        left -= 1
        if (left === 0) order()
      })
      order()
    })
  const size = Math.max(1, Math.min(workers, Math.ceil(count / SHARE)))
  await Promise.all(Array.from({ length: size }, work))
}
