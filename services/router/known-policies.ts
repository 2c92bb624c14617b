/**
 * The policies this deployment has used, by version: audit.policy keeps the text of each for ever. The
 * auditor needs the one a decision was made with, also when that was another than today's.
 */
import type { Codec, LogReader } from '../platform/ports.ts'
import { loadPolicy } from '../policy/load.ts'
import type { Policy } from '../policy/policy.ts'

export interface KnownPolicies {
  /** Null when the text was not met yet, or can't be loaded by this program. */
  of(version: string): Policy | null
  /** False while its text may still come: it was not met yet. */
  met(version: string): boolean
  /** Reads audit.policy to its end as it is now; rejects with a CrosspointError when that fails. */
  reread(): Promise<void>
}

/**
 * Reads audit.policy to its end as it is now. Texts that this program can no longer load are told to
 * `refused` and left out: decisions made with them are audited without facts.
 */
export async function knownPolicies(
  source: { readonly reader: LogReader; readonly codec: Pick<Codec, 'decode'> },
  current: Policy,
  refused: (version: string, error: unknown) => void,
): Promise<KnownPolicies> {
  const policies = new Map<string, Policy | null>([[current.version, current]])
  const meet = (version: string, text: string): void => {
    if (policies.has(version)) return
    policies.set(version, null)
    try {
      policies.set(version, loadPolicy(text, { file: `policy ${version}` }))
    } catch (error) {
      refused(version, error)
    }
  }
  const reread = (): Promise<void> =>
    source.reader.read({ topics: ['audit.policy'], from: 'start', until: 'end' }, (batch) => {
      for (const record of batch.records) {
        const read = source.codec.decode('audit.policy', record.value)
        if (read.ok) meet(read.value.policyVersion, read.value.text)
      }
    })
  await reread()
  return {
    of: (version) => policies.get(version) ?? null,
    met: (version) => policies.has(version),
    reread,
  }
}
