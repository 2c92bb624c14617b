/**
 * Which policy governed an arrival, worked out from ops.policy alone and apart from the rule services go
 * by: of what was published in time the last to take over, of two for one moment the later one.
 */
import type { PolicyPublished } from '../../../schemas/records.ts'
import type { Stored } from './evidence.ts'

/** A version that governs sooner after its append is refused; 50 ms are left to the brokers' clocks. */
const NOTICE_MS_MIN = 4950
/** So many may govern what came in the last two days or is still to come. */
const STANDING_MAX = 200
const STANDING_MS = 2 * 86_400_000

/**
 * The versions by which an arrival of that append time may have been decided; null when nothing published
 * governed it for sure, for POLICY_FILE is each router's own. Several only where it can't be known
 * whether services took a version.
 */
export type Governing = (arrivedAt: number) => ReadonlySet<string> | null

export interface TextReading {
  readonly hash: (text: string) => string
  /** The name a policy's text gives itself; null when this program can't load the text. */
  readonly nameIn: (text: string) => string | null
}

interface Published {
  readonly version: string
  readonly activeFrom: number
  readonly offset: number
  /** False: another program may have loaded it, or not; or there were too many. */
  readonly isSure: boolean
}

/** `publications` are the records of ops.policy in their order. */
export function governingOf(
  publications: readonly Stored<PolicyPublished>[],
  reading: TextReading,
): Governing {
  const taken: Published[] = []
  for (const { offset, appendedAt, value } of publications) {
    if (value === null || value.activeFrom - appendedAt < NOTICE_MS_MIN) continue
    if (reading.hash(value.text) !== value.policyVersion) continue
    const name = reading.nameIn(value.text)
    if (name !== null && name !== value.policyName) continue
    const { policyVersion: version, activeFrom } = value
    const moments = new Set([...taken.map((one) => one.activeFrom), activeFrom])
    const standing = [...moments].filter((from) => from > appendedAt - STANDING_MS).length
    const isSure = name !== null && standing < STANDING_MAX
    taken.push({ version, activeFrom, offset, isSure })
  }
  const latestFirst = taken.toSorted((a, b) => b.activeFrom - a.activeFrom || b.offset - a.offset)
  return (arrivedAt) => {
    const possible = new Set<string>()
    for (const { version, activeFrom, isSure } of latestFirst) {
      if (activeFrom > arrivedAt) continue
      possible.add(version)
      if (isSure) return possible
    }
    return null
  }
}
