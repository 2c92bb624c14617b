/** Pauses of a Node process, from its metrics page: garbage collection and a blocked event loop. */

export interface Pauses {
  /** All collections together, seconds. */
  readonly gcS: number
  readonly gcCount: number
  /** The event loop's delay over the process's life, ms. */
  readonly loopP99Ms: number
  readonly loopMaxMs: number
}

/** From the text of a Prometheus page; zeros where it says nothing. */
export function pausesIn(page: string): Pauses {
  const sum = (name: string): number =>
    page
      .split('\n')
      .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
      .reduce((total, line) => total + Number(line.slice(line.lastIndexOf(' ') + 1)), 0)
  const ms = (name: string): number => Math.round(sum(name) * 10_000) / 10
  return {
    gcS: Math.round(sum('nodejs_gc_duration_seconds_sum') * 1000) / 1000,
    gcCount: sum('nodejs_gc_duration_seconds_count'),
    loopP99Ms: ms('nodejs_eventloop_lag_p99_seconds'),
    loopMaxMs: ms('nodejs_eventloop_lag_max_seconds'),
  }
}
