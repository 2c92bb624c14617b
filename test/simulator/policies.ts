/**
 * The policies of the simulated world: the example, and what operators publish over it while calls run.
 * Which of them governs a call is worked out here from ops.policy alone, for the judges.
 */
import { readFileSync } from 'node:fs'
import type { MemoryBroker } from '../../services/platform/memory/broker.ts'
import type { OpenText } from '../../services/policy/core/versions.ts'
import { openText } from '../../services/policy/follow-policies.ts'
import { loadPolicy } from '../../services/policy/load.ts'
import type { Policy } from '../../services/policy/policy.ts'
import { hash } from '../../services/platform/hash.ts'
import { fullCodec } from './codecs.ts'

const POLICY_FILE = 'policy/policy.yaml'

const text = readFileSync(new URL(`../../${POLICY_FILE}`, import.meta.url), 'utf8')

export const policy = loadPolicy(text, { file: POLICY_FILE })

/** What an operator may publish; `bad` is refused by everybody. */
export const EDITIONS = {
  same: text,
  longer: text.replace('windowMs: 2500', 'windowMs: 3500'),
  elsewhere: text.replaceAll('target: vip,', 'target: senior,'),
  bad: `${text}\nnonsense: true\n`,
} as const

export type Edition = keyof typeof EDITIONS

const opened = new Map<string, ReturnType<OpenText>>()

/** Loads a published text once, however many processes read it. */
export const openOnce: OpenText = (published, version) => {
  const known = opened.get(published) ?? openText(published, version)
  opened.set(published, known)
  return known
}

/** The version of an edition's text. */
export function versionOf(edition: Edition): string {
  const read = openOnce(EDITIONS[edition], 'published')
  return read.ok ? read.policy.version : hash(EDITIONS[edition])
}

/** Any policy of this world by its version. */
export function policyOf(version: string): Policy | null {
  if (version === policy.version) return policy
  for (const read of opened.values()) {
    if (read.ok && read.policy.version === version) return read.policy
  }
  return null
}

/** Design §6: at least five seconds ahead, give or take what clocks may differ. */
const NOTICE_MS = 4950

/** The policy that governs arrivals by their append time. */
export function governing(broker: MemoryBroker): (appendedAt: number) => Policy {
  const versions = broker.records('ops.policy').flatMap((record) => {
    const read = fullCodec.decode('ops.policy', record.value)
    if (!read.ok || read.value.activeFrom < record.appendedAt + NOTICE_MS) return []
    const published = policyOf(read.value.policyVersion)
    return published === null ? [] : [{ published, ...read.value, offset: record.offset }]
  })
  return (appendedAt) => {
    const active = versions
      .filter(({ activeFrom }) => activeFrom <= appendedAt)
      .toSorted((a, b) => a.activeFrom - b.activeFrom || a.offset - b.offset)
    return active.at(-1)?.published ?? policy
  }
}
