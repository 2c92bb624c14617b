/**
 * Part of I5: what a fault spoiled is never passed off as a live, fresh answer. What was done is known
 * from those who did it, so this holds even where every reason is well audited.
 */
import type { CallRouted, UsedLookup } from '../../../schemas/records.ts'
import type { Breach, Evidence, FaultInterval } from './evidence.ts'
import { nameOf, type Readable } from './requests.ts'

/** While one of these strikes every request, no record of the dependency can be found. */
const NO_RECORD: ReadonlySet<string> = new Set([
  'hang',
  'refuse',
  'unreachable',
  'reset',
  'status',
  'badJson',
  'wrongTypes',
  'hugeBody',
  'wrongCaller',
  'lockWait',
  'full',
])

/** What was asked as a fault ended may have met the healthy system; so long before, it did not. */
const ENDING_MS = 1000
/** Rounding, and the way from the stub to the record. */
const STAMP_SLACK_MS = 1500

/** What each live answer of an effective decision claims, against what was done and how old it is. */
export function spoiledAnswers(record: Readable<CallRouted>, evidence: Evidence): Breach[] {
  const { value } = record
  return value.lookups.flatMap((lookup): Breach[] => {
    if (lookup.outcome !== 'FOUND' || lookup.origin === 'OVERRIDE') return []
    const fault = lookup.origin === 'LIVE' ? faultOver(record, lookup, evidence) : null
    const told = [
      spoiled(fault),
      stampHidden(fault, lookup, record),
      called(lookup, record, evidence),
    ]
    return told.flatMap((what) =>
      what === null ? [] : [{ callId: value.callId, what: `${nameOf(value)} ${what}` }],
    )
  })
}

/** The fault that struck every request of a dependency during all of a call's time. */
function faultOver(
  { value, appendedAt }: Readable<CallRouted>,
  { dependency }: UsedLookup,
  { faults = [] }: Evidence,
): FaultInterval | null {
  const over = faults.find(
    (one) =>
      one.dependency === dependency &&
      (one.share ?? 1) === 1 &&
      one.fromMs <= value.arrivedAt &&
      appendedAt <= one.toMs - ENDING_MS,
  )
  return over ?? null
}

function spoiled(fault: FaultInterval | null): string | null {
  if (fault === null || !NO_RECORD.has(fault.mode)) return null
  return `claims a live answer of ${fault.dependency}, to which was done: ${fault.mode}`
}

/** The sync time that the source gave, or did not give, is the one that is told. */
function stampHidden(
  fault: FaultInterval | null,
  { dependency, syncedAt }: UsedLookup,
  { value, appendedAt }: Readable<CallRouted>,
): string | null {
  if (fault === null) return null
  const claim = `claims that ${dependency} was synced at ${syncedAt ?? 'no known time'}`
  if (fault.mode === 'noSync') return syncedAt === null ? null : `${claim}; it did not say when`
  const { syncShiftMs } = fault
  if (syncShiftMs === undefined) return null
  const fromMs = value.arrivedAt + syncShiftMs - STAMP_SLACK_MS
  const toMs = appendedAt + syncShiftMs + STAMP_SLACK_MS
  // Rows of a database keep the stamp they got when the fault began.
  const earliestMs = Math.min(fromMs, fault.fromMs + syncShiftMs - STAMP_SLACK_MS)
  const isTold = syncedAt !== null && syncedAt >= earliestMs && syncedAt <= toMs
  return isTold ? null : `${claim}; its stamps were ${syncShiftMs} ms off`
}

/** By the policy's own limit: old, undated and impossible stamps are stale, whoever supplied the data. */
function called(
  { dependency, facts, stale, syncedAt }: UsedLookup,
  { value, appendedAt }: Readable<CallRouted>,
  { staleAfterMsOf, maxClockSkewMs }: Evidence,
): string | null {
  const staleAfterMs = staleAfterMsOf?.(dependency) ?? null
  if (staleAfterMs === null || stale || Object.keys(facts).length === 0) return null
  if (syncedAt === null) return `calls undated facts of ${dependency} fresh`
  if (syncedAt > appendedAt + maxClockSkewMs)
    return `calls ${dependency} synced in the future fresh`
  const ageMs = value.arrivedAt - syncedAt
  return ageMs > staleAfterMs ? `calls facts of ${dependency} fresh that are ${ageMs} ms old` : null
}
