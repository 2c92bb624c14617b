/** The router's core as tests and benchmarks open it: one partition of the primary lane. */
import type { Privacy } from '../services/domain/privacy.ts'
import { hash } from '../services/platform/hash.ts'
import type { Policy } from '../services/policy/policy.ts'
import { type CoreConfig, PRIMARY_LANE } from '../services/router/core/config.ts'

export type CoreLimits = Pick<CoreConfig, 'openMax' | 'earlyMax' | 'heldBytesMax'>

interface Given extends CoreLimits {
  readonly policy: Policy
  readonly privacy: Privacy
}

export const plainCore = ({ policy, privacy, ...limits }: Given): CoreConfig => ({
  partition: 0,
  lane: PRIMARY_LANE,
  routerId: 'router-1',
  coreVersion: '1',
  policyAt: () => policy,
  privacy,
  hash,
  maxClockSkewMs: 50,
  ...limits,
})
