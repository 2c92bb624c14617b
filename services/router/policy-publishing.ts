/** Each policy a router decides by is kept with its text in audit.policy (design §2), for replays. */
import type { Logger } from 'pino'
import type { BrokerClock } from '../platform/broker-clock.ts'
import type { Codec, OutRecord } from '../platform/ports.ts'
import type { Policy } from '../policy/policy.ts'
import type { Publisher } from './publisher.ts'
import type { RouterSettings } from './settings.ts'

interface PolicyPublishing {
  readonly codec: Codec
  readonly logger: Logger
  readonly policyAt: (appendedAt: number) => Policy
  readonly settings: RouterSettings
}

/** Publishes the policy in force once broker time is known; ends early when the router stops. */
export async function publishPolicy(
  options: PolicyPublishing,
  publisher: Publisher,
  brokerClock: BrokerClock,
  wanted: () => boolean,
): Promise<void> {
  try {
    if (!(await brokerClock.fresh(wanted))) return
    await publisher.append(recordOf(options, Math.floor(brokerClock.now())))
  } catch (error) {
    options.logger.error({ err: error }, 'the policy could not be put into audit.policy')
  }
}

function recordOf(options: PolicyPublishing, publishedAt: number): OutRecord {
  const policy = options.policyAt(publishedAt)
  const value = options.codec.encode('audit.policy', {
    policyVersion: policy.version,
    policyName: policy.name,
    text: policy.text,
    activeFrom: publishedAt,
    author: options.settings.instanceId,
    publishedAt,
  })
  return { topic: 'audit.policy', partition: 0, key: policy.version, value }
}
