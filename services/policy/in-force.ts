/** The policy that running services go by now, for commands that must say what fits it. */
import type { DecodedSource } from '../audit/read-records.ts'
import { readHistory } from './history.ts'
import { loadPolicy, loadPolicyFile } from './load.ts'
import type { Policy } from './policy.ts'

/**
 * What was published and is in force; else what a router was started with last; before any was, `file`.
 * Rejects as `loadPolicy` throws when this program can't load it.
 */
export async function policyInForce(
  source: DecodedSource,
  file: string,
  nowMs: number,
): Promise<Policy> {
  const published = (await readHistory(source, nowMs)).at(nowMs)
  if (published === null) return loadPolicyFile(file)
  return loadPolicy(published.text, { file: `policy ${published.policyVersion}` })
}
