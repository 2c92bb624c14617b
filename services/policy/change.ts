/** What publishing a policy changes: what it takes over from, and what takes over from it. */
import type { PolicyPublished } from '../../schemas/records.ts'
import { diff, type PolicyDiff } from './diff/diff.ts'
import type { PolicyHistory } from './history.ts'
import { type OpenedPolicy, openPolicy } from './load.ts'

export interface Change {
  /** When it shall govern; reckoned after all that takes time. */
  readonly activeFrom: number
  /** What would govern at that moment otherwise; null where nobody knows. */
  readonly before: PolicyPublished | null
  /** Null where there is nothing to compare with. */
  readonly diff: PolicyDiff | null
  /** What takes over from it again. */
  readonly next: PolicyPublished | null
}

/**
 * Comparing takes seconds, on a busy machine more than the notice that was asked for: when it shall
 * govern is asked again after it, so that `--in 10s` is ten seconds, and what would come too late is
 * refused here and not by every service.
 */
export function changeOf(
  history: PolicyHistory,
  opened: OpenedPolicy,
  activeFromNow: () => number,
  compare = diff,
): Change {
  const compared = new Map<string | null, PolicyDiff | null>()
  for (;;) {
    const before = history.at(activeFromNow())
    const version = before?.policyVersion ?? null
    if (!compared.has(version)) {
      const old = before === null ? null : openOld(before)
      compared.set(version, old === null ? null : compare(old, opened))
    }
    const activeFrom = activeFromNow()
    if ((history.at(activeFrom)?.policyVersion ?? null) !== version) continue
    const next = history.after(activeFrom)[0] ?? null
    return { activeFrom, before, diff: compared.get(version) ?? null, next }
  }
}

/** Null where this program can't load what an older one could. */
function openOld({ policyVersion, text }: PolicyPublished): OpenedPolicy | null {
  try {
    return openPolicy(text, { file: `policy ${policyVersion}` })
  } catch {
    return null
  }
}
