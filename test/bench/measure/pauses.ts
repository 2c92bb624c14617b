/** Pauses of a process in one phase: garbage collection, and an event loop that was held up. */
import { monitorEventLoopDelay, PerformanceObserver } from 'node:perf_hooks'
import { sumIn } from '../../../services/local/processes.ts'
import type { Measured } from '../results.ts'

export type Pauses = Measured['pauses'][string]

/** Collections since the process began, as its metrics page counts them. */
export interface Collected {
  readonly gcS: number
  readonly gcCount: number
}

/** The loop is looked at every 10 ms, and what is told includes that wait. */
const LOOK_EVERY_MS = 10

const sumOf = (page: string, name: string): number =>
  sumIn(page, (line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))

/** From the text of a Prometheus page; zeros where it says nothing. */
export function collectedIn(page: string): Collected {
  return {
    gcS: sumOf(page, 'nodejs_gc_duration_seconds_sum'),
    gcCount: sumOf(page, 'nodejs_gc_duration_seconds_count'),
  }
}

/**
 * Of the phase between two pages; null where one was not given in time, as by a process that is held up.
 * Reading a page sets the loop's histogram back, so it needs no start.
 */
export function pausesBetween(before: string, after: string): Pauses | null {
  if (before === '' || after === '') return null
  const [from, to] = [collectedIn(before), collectedIn(after)]
  const delayMs = (name: string): number =>
    tenth(Math.max(0, sumOf(after, `nodejs_eventloop_lag_${name}_seconds`) * 1000 - LOOK_EVERY_MS))
  return {
    gcS: Math.round((to.gcS - from.gcS) * 1000) / 1000,
    gcCount: to.gcCount - from.gcCount,
    gcMaxMs: null,
    loopP99Ms: delayMs('p99'),
    loopMaxMs: delayMs('max'),
  }
}

/** Of a JVM, from the pauses its log tells. */
export function jvmPauses(pausesMs: readonly number[]): Pauses {
  const sumMs = pausesMs.reduce((sum, ms) => sum + ms, 0)
  const gcMaxMs = tenth(Math.max(0, ...pausesMs))
  return {
    gcS: Math.round(sumMs) / 1000,
    gcCount: pausesMs.length,
    gcMaxMs,
    loopP99Ms: null,
    loopMaxMs: null,
  }
}

/** Of this very process, from now until it is asked. */
export function watchOwnPauses(): () => Pauses {
  let [sumMs, count, maxMs] = [0, 0, 0]
  const observer = new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) {
      sumMs += duration
      count += 1
      maxMs = Math.max(maxMs, duration)
    }
  })
  observer.observe({ entryTypes: ['gc'] })
  const loop = monitorEventLoopDelay({ resolution: LOOK_EVERY_MS })
  loop.enable()
  return () => {
    loop.disable()
    observer.disconnect()
    const delayMs = (ns: number): number => tenth(Math.max(0, ns / 1e6 - LOOK_EVERY_MS))
    return {
      gcS: Math.round(sumMs) / 1000,
      gcCount: count,
      gcMaxMs: tenth(maxMs),
      loopP99Ms: delayMs(loop.percentile(99)),
      loopMaxMs: delayMs(loop.max),
    }
  }
}

const tenth = (value: number): number => Math.round(value * 10) / 10
