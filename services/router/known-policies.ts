/**
 * The policies this deployment has used, by version: audit.policy keeps the text of each for ever. The
 * auditor needs the one a decision was made with, also when that was another than today's.
 */
import type { Codec, LogReader } from '../platform/ports.ts'
import { loadPolicy } from '../policy/load.ts'
import type { Policy } from '../policy/policy.ts'

/**
 * Reads audit.policy to its end as it is now. Texts that this program can no longer load are told to
 * `refused` and left out: decisions made with them are audited without facts.
 */
export async function knownPolicies(
  source: { readonly reader: LogReader; readonly codec: Pick<Codec, 'decode'> },
  current: Policy,
  refused: (version: string, error: unknown) => void,
): Promise<ReadonlyMap<string, Policy>> {
  const policies = new Map([[current.version, current]])
  await source.reader.read({ topics: ['audit.policy'], from: 'start', until: 'end' }, (batch) => {
    for (const record of batch.records) {
      const read = source.codec.decode('audit.policy', record.value)
      if (!read.ok || policies.has(read.value.policyVersion)) continue
      const { policyVersion, text } = read.value
      try {
        policies.set(policyVersion, loadPolicy(text, { file: `policy ${policyVersion}` }))
      } catch (error) {
        refused(policyVersion, error)
      }
    }
  })
  return policies
}
