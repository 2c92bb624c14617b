/**
 * What was published, read from the topics by a person's command: each record with what services made
 * of it, and the policies that routers were started with.
 */
import type { PolicyPublished } from '../../schemas/records.ts'
import { readRecords, type DecodedSource } from '../audit/read-records.ts'
import { CrosspointError } from '../errors.ts'
import { baseVersions, offer, type Offer, type Version, versionAt } from './core/versions.ts'
import { openText } from './follow-policies.ts'

/** A policy as its record tells it; `version` is empty for what nobody published. */
interface Told {
  readonly version: string
  readonly name: string
  readonly text: string
}

const NOT_PUBLISHED: Told = { version: '', name: '', text: '' }

export type State = 'in force' | 'coming' | 'was in force' | 'replaced' | 'refused'

export interface Entry {
  /** In ops.policy. */
  readonly offset: number
  readonly appendedAt: number
  /** Null where it can't be read. */
  readonly published: PolicyPublished | null
  readonly state: State
  /** Why it was refused. */
  readonly refusal: { readonly code: string; readonly message: string } | null
}

export interface PolicyHistory {
  /** In the order of the topic. */
  readonly entries: readonly Entry[]
  /** What a router was started with last; null: none was, or it was removed for a later publication. */
  readonly startedWith: PolicyPublished | null
  /** What governs arrivals appended at that time; null: nobody knows, for no router was started. */
  at(timeMs: number): PolicyPublished | null
  /** Accepted versions that take over later than that, in their order. */
  after(timeMs: number): readonly PolicyPublished[]
  /** The policy whose version begins so. Throws XP_POLICY_UNKNOWN when there is none, or several. */
  find(version: string): PolicyPublished
}

/** Reads ops.policy and audit.policy to their ends. */
export async function readHistory(source: DecodedSource, nowMs: number): Promise<PolicyHistory> {
  const offers: Offer[] = []
  const texts = new Map<string, PolicyPublished>()
  let startedWith: PolicyPublished | null = null
  const topics = ['ops.policy', 'audit.policy'] as const
  await readRecords(source, { topics, from: 'start', until: 'end' }, ({ topic, record, value }) => {
    if (topic === 'ops.policy') offers.push(offerOf(record, value))
    else if (topic === 'audit.policy' && value !== null) {
      texts.set(value.policyVersion, value)
      if (value.activeFrom === value.publishedAt) startedWith = value
    }
  })
  const { versions, accepted, refused } = judge(offers)
  for (const { published } of accepted) {
    if (published !== null) texts.set(published.policyVersion, published)
  }
  const at = (timeMs: number) => versionAt(versions, timeMs).published ?? startedWith
  const stateOf = ({ offset, activeFrom }: Version<Told>): State => {
    const later = accepted.some((one) => one.activeFrom === activeFrom && one.offset > offset)
    if (later) return 'replaced'
    if (activeFrom > nowMs) return 'coming'
    return versionAt(versions, nowMs).offset === offset ? 'in force' : 'was in force'
  }
  const entries = offers.map(({ offset, appendedAt, read }): Entry => {
    const published = read.ok ? read.value : null
    const version = accepted.find((one) => one.offset === offset)
    const refusal = refused.get(offset) ?? null
    const state = version === undefined ? 'refused' : stateOf(version)
    return { offset, appendedAt, published, state, refusal }
  })
  return {
    entries,
    startedWith,
    at,
    after: (timeMs) =>
      versions.flatMap(({ activeFrom, published }) =>
        published !== null && activeFrom > timeMs ? [published] : [],
      ),
    find: (version) => findOne([...texts.values()], version),
  }
}

function offerOf(
  { offset, appendedAt, value: bytes }: { offset: number; appendedAt: number; value: unknown },
  value: PolicyPublished | null,
): Offer {
  if (value !== null) return { offset, appendedAt, read: { ok: true, value } }
  const code = bytes === null ? 'XP_RECORD_EMPTY' : 'XP_RECORD_UNREADABLE'
  return { offset, appendedAt, read: { ok: false, code, message: 'the record can not be read' } }
}

/** Each record as every service judges it. */
function judge(offers: readonly Offer[]) {
  let versions = baseVersions(NOT_PUBLISHED)
  const accepted: Version<Told>[] = []
  const refused = new Map<number, { readonly code: string; readonly message: string }>()
  for (const one of offers) {
    const answer = offer(versions, one, openText)
    versions = answer.versions
    if ('accepted' in answer) accepted.push(answer.accepted)
    else refused.set(one.offset, answer.refused)
  }
  return { versions, accepted, refused }
}

function findOne(all: readonly PolicyPublished[], version: string): PolicyPublished {
  const found = all.filter(({ policyVersion }) => policyVersion.startsWith(version))
  const [one, other] = found
  if (one !== undefined && other === undefined) return one
  const message =
    one === undefined ? `no policy is version ${version}` : `several versions begin with ${version}`
  throw new CrosspointError('XP_POLICY_UNKNOWN', message)
}
