/** What was done to the systems of record, read from their ground-truth log. Pure. */
import type { Fault } from '../../infra/stubs/faults.ts'
import type { FaultSwitched, RequestTaken, TruthLine } from '../../infra/stubs/ground-truth.ts'
import type { FaultInterval } from '../audit/verify/evidence.ts'

/** The log's lines; one that was cut short by a killed process is left out. */
export function parseTruth(text: string): readonly TruthLine[] {
  return text.split('\n').flatMap((line) => {
    try {
      return line === '' ? [] : [JSON.parse(line) as TruthLine]
    } catch {
      return []
    }
  })
}

const isSwitch = (line: TruthLine): line is FaultSwitched => line.kind === 'fault'
const isRequest = (line: TruthLine): line is RequestTaken => line.kind === 'request'

/**
 * The stretches in which each fault held, and those in which a healthy system was held up; the last one
 * of each system ends at `endMs`.
 */
export function faultIntervals(
  truth: readonly TruthLine[],
  endMs: number,
): readonly FaultInterval[] {
  const switches = truth.filter(isSwitch)
  const switched = switches.map(({ dependency, fault, at }, index) => {
    const next = switches.slice(index + 1).find((one) => one.dependency === dependency)
    const share = 'share' in fault ? fault.share : 1
    return {
      dependency,
      mode: fault.mode,
      fromMs: at,
      toMs: next?.at ?? endMs,
      share,
      ...shift(fault),
    }
  })
  return [...switched, ...heldUp(truth)]
}

function shift(fault: Fault): Pick<FaultInterval, 'syncShiftMs'> {
  if (fault.mode === 'stale') return { syncShiftMs: -fault.ageMs }
  return fault.mode === 'futureSync' ? { syncShiftMs: fault.aheadMs } : {}
}

/** A healthy system that takes longer was held up by its machine, which is as real as a fault. */
const HELD_UP_MS = 250

/** Requests that no fault struck and that took long all the same; no share, since others did not. */
function heldUp(truth: readonly TruthLine[]): readonly FaultInterval[] {
  const endedAt = new Map(
    truth.flatMap((one) => (one.kind === 'ended' ? [[one.id, one.at] as const] : [])),
  )
  return truth.filter(isRequest).flatMap(({ id, dependency, mode, at }): FaultInterval[] => {
    const toMs = endedAt.get(id) ?? at
    if (mode !== 'healthy' || toMs - at <= HELD_UP_MS) return []
    return [{ dependency, mode: 'latency', fromMs: at, toMs, share: 0 }]
  })
}

/** Requests that each fault struck, as `dependency mode`; a fault that struck nobody proves nothing. */
export function requestsStruck(truth: readonly TruthLine[]): Readonly<Record<string, number>> {
  const counts = new Map<string, number>()
  for (const { dependency, mode } of truth.filter(isRequest)) {
    const key = `${dependency} ${mode}`
    counts.set(key, (counts.get(key) ?? 0) + 1)
  }
  return Object.fromEntries(counts)
}
