/**
 * Which policy governs an arrival (design §6): decided by the records of ops.policy alone, one after the
 * other from the first, so that every lane, enricher and replay that read the same records agrees.
 */
import type { PolicyPublished } from '../../../schemas/records.ts'
import type { ErrorCode } from '../../errors.ts'
import type { Policy } from '../policy.ts'

/** A version must be published so long before it governs: all services have read it by then. */
export const NOTICE_MS = 5000
/**
 * What of the notice two brokers' clocks may eat. No setting: services that were set differently would
 * refuse different versions.
 */
const NOTICE_SKEW_MS = 50
/** Arrivals are kept for a day, and no broker is a whole day late to remove them. */
const REMEMBERED_MS = 2 * 86_400_000
/** That may still govern an arrival. One more is refused, for forgetting one would change decisions. */
const VERSIONS_MAX = 200

/** What of a policy matters here; services hold the policy itself. */
type Named = Pick<Policy, 'version' | 'name' | 'text'>

/** A policy from a moment on. */
export interface Version<P extends Named = Policy> {
  readonly policy: P
  /** Append time of the first arrivals it governs; -Infinity for the policy before all published ones. */
  readonly activeFrom: number
  /** In ops.policy; -1 for the policy before all published ones. */
  readonly offset: number
  /** As it was published; null for the policy before all published ones. */
  readonly published: PolicyPublished | null
}

/** In the order in which they take over; never empty, each with another `activeFrom`. */
export type Versions<P extends Named = Policy> = readonly [Version<P>, ...Version<P>[]]

/** A record of ops.policy as it was read. */
export interface Offer {
  readonly offset: number
  readonly appendedAt: number
  readonly read:
    | { readonly ok: true; readonly value: PolicyPublished }
    | { readonly ok: false; readonly code: ErrorCode; readonly message: string }
}

export interface Refusal {
  readonly offset: number
  readonly appendedAt: number
  readonly code: ErrorCode
  readonly message: string
  /** Null where the record can't be read. */
  readonly published: PolicyPublished | null
}

export type Opened<P = Policy> =
  | { readonly ok: true; readonly policy: P }
  | { readonly ok: false; readonly code: ErrorCode; readonly message: string }

/** Loads and checks a policy's text; gives the same for the same text. */
export type OpenText<P = Policy> = (text: string, version: string) => Opened<P>

export type Answer<P extends Named = Policy> =
  | { readonly accepted: Version<P>; readonly versions: Versions<P> }
  | { readonly refused: Refusal; readonly versions: Versions<P> }

/** Before anything was published `base` governs. */
export function baseVersions<P extends Named>(base: P): Versions<P> {
  return [{ policy: base, activeFrom: -Infinity, offset: -1, published: null }]
}

/** Takes the next record of ops.policy: a version more, or why there is none; then all stays as it was. */
export function offer<P extends Named>(
  versions: Versions<P>,
  offered: Offer,
  open: OpenText<P>,
): Answer<P> {
  const { offset, appendedAt, read } = offered
  const published = read.ok ? read.value : null
  const refuse = (code: ErrorCode, message: string): Answer<P> => ({
    refused: { offset, appendedAt, code, message, published },
    versions,
  })
  if (!read.ok) return refuse(read.code, read.message)
  const { value } = read
  if (isTooSoon(value.activeFrom, appendedAt)) {
    const noticeMs = value.activeFrom - appendedAt
    const message = `it would govern ${noticeMs} ms after it was appended; ${NOTICE_MS} are needed`
    return refuse('XP_POLICY_NOTICE', message)
  }
  const opened = openKnown(versions, value, open)
  if (!opened.ok) return refuse(opened.code, opened.message)
  const { policy } = opened
  if (policy.version !== value.policyVersion || policy.name !== value.policyName) {
    const says = `${value.policyName}@${value.policyVersion}`
    const is = `${policy.name}@${policy.version}`
    return refuse('XP_POLICY_MISLABELLED', `the record says ${says}, its text is ${is}`)
  }
  const accepted = { policy, activeFrom: value.activeFrom, offset, published: value }
  const next = forget(insert(versions, accepted), appendedAt)
  if (next.length > VERSIONS_MAX) {
    const message = `${VERSIONS_MAX} versions may still govern calls; that is the limit`
    return refuse('XP_POLICY_VERSIONS', message)
  }
  return { accepted, versions: next }
}

/** True when a version published at that append time is refused because it would govern too soon. */
export function isTooSoon(activeFrom: number, appendedAt: number): boolean {
  return activeFrom < appendedAt + NOTICE_MS - NOTICE_SKEW_MS
}

/**
 * The version that governs arrivals appended at that moment: of those active by then the last one, of
 * equal ones the one published later. A time before all that is remembered is governed by the oldest.
 */
export function versionAt<P extends Named>(versions: Versions<P>, appendedAt: number): Version<P> {
  for (let index = versions.length - 1; index > 0; index -= 1) {
    const version = versions[index]
    if (version !== undefined && version.activeFrom <= appendedAt) return version
  }
  return versions[0]
}

/** A text that is known needs no second look. */
function openKnown<P extends Named>(
  versions: Versions<P>,
  value: PolicyPublished,
  open: OpenText<P>,
): Opened<P> {
  const known = versions.find(({ policy }) => policy.text === value.text)
  return known === undefined
    ? open(value.text, value.policyVersion)
    : { ok: true, policy: known.policy }
}

function insert<P extends Named>(versions: Versions<P>, one: Version<P>): Versions<P> {
  const before = versions.filter(({ activeFrom }) => activeFrom < one.activeFrom)
  const after = versions.filter(({ activeFrom }) => activeFrom > one.activeFrom)
  const [first, ...rest] = [...before, one, ...after]
  return first === undefined ? versions : [first, ...rest]
}

/** Without those that another took over from so long ago that no arrival of their time is left. */
function forget<P extends Named>(versions: Versions<P>, now: number): Versions<P> {
  const taken = versions.findLastIndex(({ activeFrom }) => activeFrom <= now - REMEMBERED_MS)
  const [first, ...rest] = versions.slice(Math.max(0, taken))
  return first === undefined ? versions : [first, ...rest]
}
