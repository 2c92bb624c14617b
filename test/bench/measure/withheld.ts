/**
 * How much of the cores the machine's host gave to others while something here wanted to run: what a
 * virtual machine measures then is its host. Linux counts it as "steal" in /proc/stat.
 */
import { readFileSync } from 'node:fs'

/** The first line of /proc/stat: ticks of all cores, of which the eighth are those withheld. */
const WITHHELD_AT = 7
/** Guests are counted in the first two as well. */
const COUNTED = 8

interface CoreTimes {
  readonly all: number
  readonly withheld: number
}

/** From the text of /proc/stat; null where it does not tell. */
export function coreTimesOf(stat: string): CoreTimes | null {
  const ticks = /^cpu +([\d ]+)$/mu.exec(stat)?.[1]?.trim().split(/ +/u).map(Number) ?? []
  const withheld = ticks[WITHHELD_AT]
  return withheld === undefined
    ? null
    : { all: ticks.slice(0, COUNTED).reduce((sum, one) => sum + one, 0), withheld }
}

/** Begins to watch; the share of the cores' time since then, 0 to 1, or null where nobody tells. */
export function watchWithheld(): () => number | null {
  const before = look()
  return () => {
    const after = look()
    if (before === null || after === null) return null
    const share = (after.withheld - before.withheld) / Math.max(1, after.all - before.all)
    return Math.round(share * 1000) / 1000
  }
}

function look(): CoreTimes | null {
  try {
    return coreTimesOf(readFileSync('/proc/stat', 'utf8'))
  } catch {
    return null
  }
}
