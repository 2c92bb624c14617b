/** One call while a system of record fails: its decision, and what the audit tells of the failure. */
import { expect } from 'vitest'
import type { CallArrived, CallRouted, FallbackApplied } from '../../../schemas/records.ts'
import type { Fault } from '../../../infra/stubs/faults.ts'
import type { World } from './world.ts'

export interface Told {
  readonly decision: CallRouted
  /** What the audit says of one dependency's fallback. */
  readonly fallback: FallbackApplied
}

/** Sends a call and waits for its decision and for the audit of its fallback. */
export async function tellOf(
  world: World,
  call: Partial<CallArrived>,
  dependency: string,
): Promise<Told> {
  const { callId } = await world.arrive(call)
  const { value: decision, record } = await world.decisionOf(callId)
  const { value: fallback } = await world.witness.first(
    `the fallback of ${dependency} for a call that went to ${decision.target.id}`,
    'audit.fallback',
    (value) => value.decisionId === decision.decisionId && value.dependency === dependency,
  )
  // However a dependency fails, nobody waits longer than the window (I4).
  expect(record.appendedAt).toBeLessThanOrEqual(decision.decideBy)
  return { decision, fallback }
}

/** The milliseconds a sentence tells, and that they are the ones recorded. */
export function waitTold({ sentence, waitedMs }: FallbackApplied): number {
  const told = Number(/(\d+) ms/.exec(sentence)?.[1])
  expect(told).toBe(waitedMs)
  return told
}

export const bad = (mode: 'badJson' | 'wrongTypes' | 'wrongCaller' | 'hugeBody'): Fault =>
  mode === 'hugeBody' ? { mode, share: 1, bytes: 10_000_000 } : { mode, share: 1 }
export const HANG: Fault = { mode: 'hang', share: 1 }
export const REFUSE: Fault = { mode: 'refuse', share: 1 }
