/**
 * What became of the time of this machine's cores, as Linux counts it in /proc/stat; elsewhere nobody knows.
 * Node's `os.cpus()` counts no waiting for disks and no stolen time, and asks each core for its frequency,
 * which stops the event loop for hundreds of milliseconds on some machines of many cores.
 */
import { readFileSync } from 'node:fs'

/** Of all cores together, since they were started, in ticks. */
export interface CoreTimes {
  readonly all: number
  /** Nothing to do, or only to wait for a disk. */
  readonly idle: number
  /** The host of this machine gave it to others while something here wanted to run. */
  readonly stolen: number
}

/** Shares of all time, 0 to 1. What is stolen counts as used: it was not to be had. */
export interface CoreShares {
  readonly used: number
  readonly stolen: number
}

/** user, nice, system, idle, iowait, irq, softirq, steal; guests, behind them, are counted in user and nice. */
const FIELDS = 8

/** From the text of /proc/stat; null when that does not tell. */
export function coreTimesOf(stat: string): CoreTimes | null {
  const fields = /^cpu +([\d ]+)$/mu.exec(stat)?.[1]?.trim().split(/ +/u) ?? []
  const ticks = fields.slice(0, FIELDS).map(Number)
  const [, , , idle, waiting, , , stolen] = ticks
  if (idle === undefined || waiting === undefined || stolen === undefined) return null
  return { all: ticks.reduce((sum, one) => sum + one, 0), idle: idle + waiting, stolen }
}

/** Null where nobody counted, and when no time was counted between the two. */
export function sharesBetween(
  before: CoreTimes | null,
  after: CoreTimes | null,
): CoreShares | null {
  if (before === null || after === null) return null
  const all = after.all - before.all
  if (all <= 0) return null
  // Some kernels let counters go back a little.
  const share = (ticks: number): number => Math.min(1, Math.max(0, ticks / all))
  return {
    used: 1 - share(after.idle - before.idle),
    stolen: share(after.stolen - before.stolen),
  }
}

/** Those of now; null where nobody counts. */
export function readCoreTimes(): CoreTimes | null {
  try {
    return coreTimesOf(readFileSync('/proc/stat', 'utf8'))
  } catch {
    return null
  }
}

/** Begins to watch; the share of the cores' time that was stolen since then, or null where nobody tells. */
export function watchStolen(): () => number | null {
  const before = readCoreTimes()
  return () => {
    const shares = sharesBetween(before, readCoreTimes())
    return shares === null ? null : Math.round(shares.stolen * 1000) / 1000
  }
}
