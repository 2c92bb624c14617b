/** What another policy's rules read that records made under the recorded one did not keep. Pure. */
import type { FactSpec } from '../policy/policy.ts'
import type { OpenedPolicy } from '../policy/load.ts'
import type { RedecideContext } from './core/redecide.ts'

export type Blind = RedecideContext['blind']

const NOTHING: Blind = { dependencies: new Set(), arrival: false }

/** Facts that were dropped, kept as tokens where the new rules want the value, or not known then. */
export function blindSpots(recorded: OpenedPolicy, next: OpenedPolicy | null): Blind {
  if (next === null || next.policy.version === recorded.policy.version) return NOTHING
  const dependencies = new Set<string>()
  let arrival = false
  for (const { dependency, name } of next.model.slots) {
    const owner = next.policy.dependencies[dependency]?.name ?? 'call'
    const reference = `${owner}.${name}`
    const wanted = next.catalog.fact(reference)?.audit ?? 'keep'
    if (isKept(recorded.catalog.fact(reference)?.audit ?? 'drop', wanted)) continue
    if (dependency < 0) arrival = true
    else dependencies.add(owner)
  }
  return { dependencies, arrival }
}

type Class = FactSpec['audit']

const isKept = (kept: Class, wanted: Class): boolean =>
  kept === 'keep' || (kept === 'token' && wanted === 'token')
