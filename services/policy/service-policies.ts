/** The policies of a service's process: followed, counted, and shown to whoever compares processes. */
import type { Runtime } from '../platform/runtime.ts'
import { every } from '../platform/timing.ts'
import { type FollowedPolicies, followPolicies } from './follow-policies.ts'
import type { Policy } from './policy.ts'
import { startReadAge } from './read-age.ts'

const LOOK_EVERY_MS = 1000

/**
 * Follows ops.policy until the process stops. `crosspoint_policy_info` shows the version in force,
 * `crosspoint_policy_read_age_seconds` how long ago all that was published was known; `nowMs` is the wall
 * clock, for what is in force, and to tell of a policy that came too late to be gone by.
 */
export async function servicePolicies(
  runtime: Pick<Runtime, 'client' | 'codec' | 'clock' | 'log' | 'metrics' | 'lifecycle'>,
  base: Policy,
  nowMs: () => number,
): Promise<FollowedPolicies> {
  const { client, codec, clock, log, metrics, lifecycle } = runtime
  const policies = await followPolicies({
    client,
    codec,
    clock,
    logger: log,
    base,
    refused: () => metrics.policyRefused.inc(),
  })
  lifecycle.onStop('policies', () => policies.stop())
  policies.subscribe(({ policy, activeFrom }) => {
    const lateMs = nowMs() - activeFrom
    if (lateMs < 0) return
    const fields = { policyVersion: policy.version, lateMs }
    log.error(
      fields,
      'a policy was read after its moment: calls since may have gone by the one before',
    )
  })
  const age = startReadAge({ clock, offsets: client.offsets, taken: () => policies.taken() })
  lifecycle.onStop('age of policies', () => age.stop())
  let shown: string | null = null
  const show = (): void => {
    metrics.policyReadAge.set(age.ageMs() / 1000)
    const { version, name, windowMs, margins } = policies.at(nowMs())
    if (version === shown) return
    shown = version
    metrics.policyInfo.reset()
    metrics.policyInfo.set({ version }, 1)
    const isBase = version === base.version
    const fields = { policyVersion: version, policyName: name, windowMs, margins }
    log.info(fields, isBase ? 'POLICY_FILE is in force' : 'a published policy is in force')
  }
  show()
  lifecycle.onStop('policy in force', every(clock, LOOK_EVERY_MS, show))
  return policies
}
