/** The router's core for measuring it: no lane but the primary, nothing around it. */
import { createPrivacy } from '../../services/platform/privacy.ts'
import type { Policy } from '../../services/policy/policy.ts'
import type { CoreConfig } from '../../services/router/core/config.ts'
import { step } from '../../services/router/core/partition.ts'
import { type Effect, type Input, takeOver } from '../../services/router/core/state.ts'
import { type CoreLimits, plainCore } from '../core-config.ts'

export const privacy = createPrivacy({ id: 'k1', secret: 'only for measuring, no secret!!!' })

export const coreConfig = (policy: Policy, limits: CoreLimits): CoreConfig =>
  plainCore({ policy, privacy, ...limits })

/** A partition whose gate is open; each step gives its effects. Times are broker times. */
export function openCore(
  config: CoreConfig,
  since: number,
): (input: Input, now: number) => readonly Effect[] {
  let state = takeOver(config, since)
  const run = (input: Input, now: number): readonly Effect[] => {
    const stepped = step(state, input, now)
    state = stepped.state
    return stepped.effects
  }
  run({ type: 'position', topic: 'call.lookup', nextOffset: 0 }, since)
  run({ type: 'position', topic: 'call.routed', nextOffset: 0 }, since)
  run({ type: 'gate', lookupEnd: 0, routedEnd: 0 }, since)
  return run
}
