/** Has the independent checker judge all that a world's topics hold. */
import { replay } from '../../../services/audit/replay.ts'
import { collectEvidence } from '../../../services/audit/verify/collect.ts'
import type { Evidence, PromiseId } from '../../../services/audit/verify/evidence.ts'
import { verify } from '../../../services/audit/verify/verify.ts'
import { hash } from '../../../services/platform/hash.ts'
import { loadPolicy } from '../../../services/policy/load.ts'
import type { World } from './world.ts'

const WINDOW_MS = 2500

/**
 * What breaks each of the promises named, in words; empty lists are what a test wants to see. What was
 * done to the systems of record is not told: here services end, and a busy machine delays, as well.
 */
export async function breachesOf(
  world: World,
  ids: readonly PromiseId[],
): Promise<Readonly<Record<string, readonly string[]>>> {
  const { client, codec, settings, sent } = world
  const { topics, auditBytes, policyTexts } = await collectEvidence({
    reader: client.reader,
    codec,
  })
  const policies = new Map(
    [...policyTexts].map(([version, text]) => [version, loadPolicy(text, { file: version })]),
  )
  const policyOf = (version: string) => policies.get(version) ?? null
  const evidence: Evidence = {
    topics,
    auditBytes,
    windowMs: WINDOW_MS,
    maxClockSkewMs: settings.MAX_CLOCK_SKEW_MS,
    acked: sent,
    replay: (decision) => replay(decision, { policyOf, hash }),
  }
  return Object.fromEntries(
    verify(evidence, ids).map(({ id, breaches, checked }) => [
      id,
      checked === 0 ? ['there was nothing to check'] : breaches.map(({ what }) => what),
    ]),
  )
}

/** No breach of any of the promises. */
export function none(ids: readonly PromiseId[]): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries(ids.map((id) => [id, []]))
}
