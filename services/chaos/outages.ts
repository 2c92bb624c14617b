/**
 * The stretches in which no decision could be stored, computed from what was done and how the deployment
 * is made; no scenario declares one. Pure. A decision is stored while a lane can decide and the brokers
 * can append:
 *
 *   outage = brokers can't  ∪  (primary lane can't ∩ backup lane can't)
 *
 * A lane that the deployment does not have can never decide, so with a backup lane the death of every
 * primary is no outage at all. What is done to enrichers, dependencies or the registry never is one: the
 * deadline decides without them.
 *
 * A call is excused when its decideBy lies in an outage. One that was due before or after it has to be
 * on time (late.ts).
 */
import type { DependencyName } from '../../infra/stubs/faults.ts'
import { brokerOutages } from './outages-of-brokers.ts'
import { cutOff, laneOutages } from './outages-of-lanes.ts'
import { intersection, type Span, union } from './spans.ts'
import type { TruthLine } from './truth.ts'

export interface Deployment {
  readonly brokers: number
  /** A decision is on its way so long before it is due; a slower way to the brokers is an outage. */
  readonly publishMarginMs: number
  readonly endedAt: number
}

/** In order, not touching each other; from the first call on. */
export function outagesOf(truth: readonly TruthLine[], deployment: Deployment): readonly Span[] {
  const primary = laneOutages(truth, 'router', deployment)
  const backup = laneOutages(truth, 'backup', deployment)
  const all = [...brokerOutages(truth, deployment), ...intersection(primary, backup)]
  const begun = truth.find(({ kind }) => kind === 'calls')?.at ?? -Infinity
  return intersection(all, [{ fromMs: begun, toMs: Infinity }])
}

/** The stretches in which calls gathered that no enricher of a dependency could read. */
export const unreadStretches = (
  truth: readonly TruthLine[],
  dependency: DependencyName,
  deployment: Deployment,
): readonly Span[] =>
  union([
    ...brokerOutages(truth, deployment),
    ...cutOff(truth, `enricher ${dependency}`, deployment),
  ])
