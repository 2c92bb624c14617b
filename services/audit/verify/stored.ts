/** The verdict over what is stored, with nothing but the topics to go by. */
import { hash } from '../../platform/hash.ts'
import { loadPolicy } from '../../policy/load.ts'
import type { Policy } from '../../policy/policy.ts'
import type { DecodedSource } from '../read-records.ts'
import { replay } from '../replay.ts'
import { collectEvidence, type CollectedEvidence } from './collect.ts'
import type { PromiseId, Stored, Topics } from './evidence.ts'
import { type PromiseVerdict, verify } from './verify.ts'

/** Those that need no more than the topics; I9 needs lag over time. */
const FROM_TOPICS: readonly PromiseId[] = ['I1', 'I2', 'I3', 'I4', 'I5', 'I6', 'I7', 'I8', 'I10']

/**
 * Checks the promises over a range. Outages are not known here: decisions made late during one show as
 * breaches of I4, for the reader to judge.
 */
export async function verifyStored(
  source: DecodedSource,
  from: 'start' | { readonly timeMs: number },
  maxClockSkewMs: number,
): Promise<readonly PromiseVerdict[]> {
  const collected = await collectEvidence(source, from)
  const policies = policiesOf(collected)
  const newest = [...policies.values()].at(-1)
  return verify(
    {
      topics: from === 'start' ? collected.topics : since(collected.topics, from.timeMs),
      auditBytes: collected.auditBytes,
      windowMs: newest?.windowMs ?? 0,
      maxClockSkewMs,
      replay: (decision) =>
        replay(decision, { policyOf: (version) => policies.get(version) ?? null, hash }),
    },
    FROM_TOPICS,
  )
}

/** A range begins in the middle of calls: what belongs to earlier arrivals is left out. */
function since(topics: Topics, timeMs: number): Topics {
  const ofRange = <T extends { readonly arrivedAt: number }>(one: Stored<T>): boolean =>
    one.value === null || one.value.arrivedAt >= timeMs
  return {
    ...topics,
    routed: topics.routed.filter(ofRange),
    decisions: topics.decisions.filter(ofRange),
    fallbacks: topics.fallbacks.filter(ofRange),
    late: topics.late.filter(ofRange),
  }
}

/** The policies whose texts are stored, by version. */
export function policiesOf({ policyTexts }: CollectedEvidence): ReadonlyMap<string, Policy> {
  return new Map(
    [...policyTexts].map(([version, text]) => [version, loadPolicy(text, { file: version })]),
  )
}
