/**
 * Each policy a router may decide by is kept with its text in audit.policy (design §2), for replays: at
 * the start those that may govern an arrival by then, later each version as it is published.
 */
import type { Logger } from 'pino'
import type { PolicyPublished } from '../../schemas/records.ts'
import type { BrokerClock } from '../platform/broker-clock.ts'
import type { Clock, Codec, OutRecord } from '../platform/ports.ts'
import { wait } from '../platform/timing.ts'
import type { Policy } from '../policy/policy.ts'
import type { Publisher } from './publisher.ts'
import type { RouterSettings } from './settings.ts'

/** A policy and, unless it is the one of the start, the record it was published with. */
interface KeptVersion {
  readonly policy: Policy
  readonly published: PolicyPublished | null
}

/** Versions that are published while the router runs. */
export interface PublishedVersions {
  /** All that may still govern an arrival. */
  all(): readonly KeptVersion[]
  /** Calls for each one that comes. */
  subscribe(accepted: (version: KeptVersion) => void): void
}

interface PolicyPublishing {
  readonly clock: Clock
  readonly codec: Codec
  readonly logger: Logger
  readonly policyAt: (appendedAt: number) => Policy
  readonly versions?: PublishedVersions
  readonly settings: RouterSettings
}

/** A router that can't keep its policy decides all the same after so long: calls come first. */
const PATIENCE_MS = 10_000

/**
 * Publishes the policies in force once broker time is known, and resolves when that is acknowledged: an
 * auditor that meets a decision by one must find the text. Resolves after 10 s without it; then it goes
 * on being tried until the router stops. What is published later is kept as it comes, before it governs
 * any call.
 */
export async function publishPolicies(
  options: PolicyPublishing,
  publisher: Publisher,
  brokerClock: BrokerClock,
  wanted: () => boolean,
): Promise<void> {
  options.versions?.subscribe((version) => {
    void publish(options, publisher, brokerClock, wanted, () => [version])
  })
  const published = publish(options, publisher, brokerClock, wanted, () => governing(options))
  const inTime = await Promise.race([
    published.then(() => true),
    wait(options.clock, PATIENCE_MS).then(() => false),
  ])
  if (!inTime) options.logger.warn('the policy is not in audit.policy yet: going on without')
}

function governing({ policyAt, versions }: PolicyPublishing): readonly KeptVersion[] {
  return versions?.all() ?? [{ policy: policyAt(Infinity), published: null }]
}

async function publish(
  options: PolicyPublishing,
  publisher: Publisher,
  brokerClock: BrokerClock,
  wanted: () => boolean,
  which: () => readonly KeptVersion[],
): Promise<void> {
  try {
    if (!(await brokerClock.fresh(wanted))) return
    const now = Math.floor(brokerClock.now())
    const records = lastOfEach(which()).map((version) => recordOf(options, version, now))
    await Promise.all(records.map((record) => publisher.append(record)))
  } catch (error) {
    options.logger.error({ err: error }, 'a policy could not be put into audit.policy')
  }
}

/** Once a text, the last time it takes over, in that order: the topic keeps no more than that. */
function lastOfEach(versions: readonly KeptVersion[]): readonly KeptVersion[] {
  return versions.filter(
    ({ policy }, index) =>
      versions.findLastIndex((other) => other.policy.version === policy.version) === index,
  )
}

function recordOf(options: PolicyPublishing, version: KeptVersion, now: number): OutRecord {
  const { policy, published } = version
  const value = options.codec.encode('audit.policy', {
    policyVersion: policy.version,
    policyName: policy.name,
    text: policy.text,
    activeFrom: published?.activeFrom ?? now,
    author: published?.author ?? options.settings.instanceId,
    reason: published?.reason ?? STARTED,
    publishedAt: published?.publishedAt ?? now,
  })
  return { topic: 'audit.policy', partition: 0, key: policy.version, value }
}

/** Why a policy that nobody published was in force. */
const STARTED = 'POLICY_FILE of a router that started'
