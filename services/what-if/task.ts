/** What a worker does for `what-if`: opens the policies and judges every decision. */
import { CrosspointError } from '../errors.ts'
import { hash } from '../platform/hash.ts'
import { type OpenedPolicy, openPolicy } from '../policy/load.ts'
import type { Policy } from '../policy/policy.ts'
import { type Blind, blindSpots } from './blind.ts'
import { type Change, type Failure, isNoChange } from './core/terms.ts'
import type { Task } from './crew.ts'
import { createJudge } from './judge.ts'

/** A change in plain values, so that a worker can be told. */
export interface ChangeSpec {
  readonly policy: { readonly text: string; readonly file: string } | null
  readonly windowMs: number | null
  readonly timeouts: readonly (readonly [dependency: string, timeoutMs: number])[]
  readonly fails: readonly (readonly [dependency: string, failure: Failure])[]
}

export interface WhatIfSpec {
  /** By version. */
  readonly policyTexts: ReadonlyMap<string, string>
  readonly change: ChangeSpec
  readonly lateWaitMs: number
}

/**
 * Recorded policies by version; a text that is not what its version names is none, and neither is one of
 * an older program that this one can't load: texts are kept for ever.
 */
export function openRecorded(texts: ReadonlyMap<string, string>): {
  opened(version: string): OpenedPolicy | null
  policyOf(version: string): Policy | null
} {
  const known = new Map<string, OpenedPolicy | null>()
  const opened = (version: string): OpenedPolicy | null => {
    const one = known.get(version)
    if (one !== undefined) return one
    const text = texts.get(version)
    const whole = text !== undefined && hash(text) === version
    const policy = whole ? openedOr(text, version) : null
    known.set(version, policy)
    return policy
  }
  return { opened, policyOf: (version) => opened(version)?.policy ?? null }
}

function openedOr(text: string, version: string): OpenedPolicy | null {
  try {
    return openPolicy(text, { file: `policy ${version}` })
  } catch (error) {
    if (error instanceof CrosspointError) return null
    throw error
  }
}

/** The change that a specification tells, and its policy opened. */
export function openChange(spec: ChangeSpec): { change: Change; next: OpenedPolicy | null } {
  const next = spec.policy === null ? null : openPolicy(spec.policy.text, spec.policy)
  const change: Change = {
    policy: next?.policy ?? null,
    windowMs: spec.windowMs,
    timeouts: new Map(spec.timeouts),
    fails: new Map(spec.fails),
  }
  return { change, next }
}

/** Makes the task; its result is a `Tally`. */
export function open(spec: unknown): Task {
  const { policyTexts, change: changeSpec, lateWaitMs } = spec as WhatIfSpec
  const recorded = openRecorded(policyTexts)
  const { change, next } = openChange(changeSpec)
  const blind = new Map<string, Blind>()
  const blindOf = ({ version }: Policy): Blind => {
    const known = blind.get(version)
    if (known !== undefined) return known
    const opened = recorded.opened(version)
    const spots = opened === null ? NOT_BLIND : blindSpots(opened, next)
    blind.set(version, spots)
    return spots
  }
  const policyOf = (version: string): Policy | null => recorded.policyOf(version)
  const judge = createJudge({ policyOf, change, lateWaitMs, blindOf, hash })
  return {
    needsLate: !isNoChange(change),
    take: (decision, late) => judge.take(decision, late),
    unreadable: (where) => judge.unreadable(where),
    result: () => judge.tally,
  }
}

const NOT_BLIND: Blind = { dependencies: new Set(), arrival: false }
