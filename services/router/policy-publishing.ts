/** Each policy a router decides by is kept with its text in audit.policy (design §2), for replays. */
import type { Logger } from 'pino'
import type { BrokerClock } from '../platform/broker-clock.ts'
import type { Clock, Codec, OutRecord } from '../platform/ports.ts'
import { wait } from '../platform/timing.ts'
import type { Policy } from '../policy/policy.ts'
import type { Publisher } from './publisher.ts'
import type { RouterSettings } from './settings.ts'

interface PolicyPublishing {
  readonly clock: Clock
  readonly codec: Codec
  readonly logger: Logger
  readonly policyAt: (appendedAt: number) => Policy
  readonly settings: RouterSettings
}

/** A router that can't keep its policy decides all the same after so long: calls come first. */
const PATIENCE_MS = 10_000

/**
 * Publishes the policy in force once broker time is known, and resolves when that is acknowledged: an
 * auditor that meets a decision by it must find the text. Resolves after 10 s without it; then it goes
 * on being tried until the router stops.
 */
export async function publishPolicy(
  options: PolicyPublishing,
  publisher: Publisher,
  brokerClock: BrokerClock,
  wanted: () => boolean,
): Promise<void> {
  const published = publish(options, publisher, brokerClock, wanted)
  const inTime = await Promise.race([
    published.then(() => true),
    wait(options.clock, PATIENCE_MS).then(() => false),
  ])
  if (!inTime) options.logger.warn('the policy is not in audit.policy yet: going on without')
}

async function publish(
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
