/**
 * The policies of a running service (design §6): what was published to ops.policy, read from its
 * beginning before the service is ready and followed from then on. A bad one is refused and told; all
 * stays as it was.
 */
import type { Logger } from 'pino'
import { CrosspointError, CrosspointErrors } from '../errors.ts'
import { follow } from '../platform/follow.ts'
import type { Clock, Codec, LogClient, LogRecord } from '../platform/ports.ts'
import {
  type Answer,
  baseVersions,
  offer,
  type Offer,
  type Opened,
  type OpenText,
  type Refusal,
  type Version,
  versionAt,
  type Versions,
} from './core/versions.ts'
import { loadPolicy } from './load.ts'
import type { Policy } from './policy.ts'

export interface FollowedPolicies {
  /** The policy that governs arrivals appended at that broker time. */
  at(appendedAt: number): Policy
  /** All that may still govern an arrival, in the order in which they take over. */
  all(): Versions
  /** Calls for each version accepted from now on, before any call is decided by it. */
  subscribe(accepted: (version: Version) => void): void
  /** The offset in ops.policy behind the last record taken; null before the first. */
  taken(): number | null
  stop(): void
}

export interface FollowPoliciesOptions {
  readonly client: Pick<LogClient, 'reader'>
  readonly codec: Pick<Codec, 'decode' | 'learn'>
  readonly clock: Clock
  readonly logger: Logger
  /** Governs until a published one does: POLICY_FILE. */
  readonly base: Policy
  /** Loads and checks a text; absent: as services do. */
  readonly open?: OpenText
  /** Counts what was refused. Of what stood there at the start only the last record, if it is bad. */
  readonly refused: (refusal: Refusal) => void
}

/** Resolves once all that stands in ops.policy was taken; tries until it can. */
export async function followPolicies(options: FollowPoliciesOptions): Promise<FollowedPolicies> {
  const { logger } = options
  const listeners: ((version: Version) => void)[] = []
  let versions = baseVersions(options.base)
  let ready = false
  let last: Answer | null = null

  const following = await follow({
    ...options,
    topic: 'ops.policy',
    take(record, read) {
      const answer = offer(versions, offerOf(record, read), options.open ?? openText)
      versions = answer.versions
      last = answer
      if ('accepted' in answer) {
        logger.info(toldOf(answer.accepted), 'a policy was published')
        for (const listener of listeners) listener(answer.accepted)
        return
      }
      const { offset, code, message, published } = answer.refused
      const fields = { offset, code, reason: message, policyVersion: published?.policyVersion }
      // Of old, it has been told when it came.
      if (ready) logger.error(fields, 'a published policy was refused; what was in force stays')
      else logger.warn(fields, 'a policy in ops.policy is refused')
      if (ready) options.refused(answer.refused)
    },
  })
  ready = true
  const latest = last as Answer | null
  if (latest !== null && 'refused' in latest) options.refused(latest.refused)

  return {
    at: (appendedAt) => versionAt(versions, appendedAt).policy,
    all: () => versions,
    subscribe: (accepted) => void listeners.push(accepted),
    taken: () => following.taken(),
    stop: () => following.stop(),
  }
}

/** A record of ops.policy for the core. */
function offerOf({ offset, appendedAt }: LogRecord, read: Offer['read']): Offer {
  return { offset, appendedAt, read }
}

/** Loads a published text; every mistake in one message, each with its line and column. */
export function openText(text: string, version: string): Opened {
  try {
    return { ok: true, policy: loadPolicy(text, { file: `policy ${version}` }) }
  } catch (error) {
    // A mistake of ours, and the same in every service: nobody goes by such a text.
    if (!(error instanceof CrosspointError)) {
      return { ok: false, code: 'XP_POLICY_SHAPE', message: `can not be loaded: ${String(error)}` }
    }
    const all = error instanceof CrosspointErrors ? error.errors : [error]
    return { ok: false, code: error.code, message: all.map(withPlace).join('; ') }
  }
}

function withPlace({ code, message, place }: CrosspointError): string {
  const { line, column } = place ?? {}
  return `${code} ${line === undefined ? '' : `${line}:${column ?? 1} `}${message}`
}

/** Any number may stand in a record; not every one is a date. */
const timeOf = (ms: number): string =>
  Math.abs(ms) <= 8.64e15 ? new Date(ms).toISOString() : `${ms} ms`

function toldOf({ policy, activeFrom, published }: Version) {
  const { version: policyVersion, name: policyName } = policy
  return { policyVersion, policyName, activeFrom: timeOf(activeFrom), author: published?.author }
}
