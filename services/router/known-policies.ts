/**
 * The policies this deployment has used, by version: audit.policy keeps the text of each for ever. The
 * auditor needs the one a decision was made with, also when that was another than today's.
 */
import { LRUCache } from 'lru-cache'
import type { PolicyPublished } from '../../schemas/records.ts'
import { CrosspointError } from '../errors.ts'
import type { Codec, LogReader } from '../platform/ports.ts'
import { loadPolicy } from '../policy/load.ts'
import type { Policy } from '../policy/policy.ts'

export interface KnownPolicies {
  /** Null when the text was not met yet, or can't be loaded by this program. */
  of(version: string): Policy | null
  /** False while its text may still come: it was not met yet, or was forgotten for others. */
  met(version: string): boolean
  /** A policy that needs no looking up. */
  meet(policy: Policy): void
  /** Looks for a version's text in audit.policy; rejects with a CrosspointError when that fails. */
  reread(version: string): Promise<void>
  /** What a router of this deployment was started with last, before this one; null: none was. */
  readonly startedWith: PolicyPublished | null
}

/** Decisions of the last days were made by few versions. */
const KEPT_MAX = 64

/**
 * Reads audit.policy to its end as it is now. Texts that this program can no longer load are told to
 * `refused` and left out: decisions made with them are audited without facts.
 */
export async function knownPolicies(
  source: { readonly reader: LogReader; readonly codec: Pick<Codec, 'decode'> },
  base: Policy,
  refused: (version: string, error: unknown) => void,
): Promise<KnownPolicies> {
  /** The text until it is asked for, then the policy; null: it can't be loaded. */
  const kept = new LRUCache<string, { met: Policy | string | null }>({ max: KEPT_MAX })
  let startedWith: PolicyPublished | null = null
  const meet = (policy: Policy): void => void kept.set(policy.version, { met: policy })
  const load = (version: string, text: string): Policy | null => {
    try {
      const policy = loadPolicy(text, { file: `policy ${version}` })
      // Audit classes of another text would let through what this one keeps back.
      if (policy.version === version) return policy
      throw new CrosspointError('XP_POLICY_MISLABELLED', `its text is ${policy.version}`)
    } catch (error) {
      refused(version, error)
      return null
    }
  }
  const read = (take: (published: PolicyPublished) => void): Promise<void> =>
    source.reader.read({ topics: ['audit.policy'], from: 'start', until: 'end' }, (batch) => {
      for (const record of batch.records) {
        const decoded = source.codec.decode('audit.policy', record.value)
        if (decoded.ok) take(decoded.value)
      }
    })
  const keep = ({ policyVersion, text }: PolicyPublished): void => {
    if (!kept.has(policyVersion)) kept.set(policyVersion, { met: text })
  }
  await read((published) => {
    keep(published)
    // What was published by hand governs some seconds later at the earliest.
    if (published.activeFrom === published.publishedAt) startedWith = published
  })
  meet(base)
  return {
    of(version) {
      const one = kept.get(version)
      if (one === undefined) return null
      if (typeof one.met === 'string') one.met = load(version, one.met)
      return one.met
    },
    met: (version) => kept.has(version),
    meet,
    reread: (version) =>
      read((published) => {
        if (published.policyVersion === version) keep(published)
      }),
    startedWith,
  }
}
