/**
 * A policy as the rest of crosspoint sees it after loading. How it is written is the business of
 * `load.ts`; how it decides, of `evaluate/`.
 */
import type {
  CallArrived,
  Fallback,
  PreferredAgent,
  Skill,
  Target,
  UsedLookup,
} from '../../schemas/records.ts'
import type { AuditClass, Facts } from '../domain/facts.ts'
import type { Privacy } from '../domain/privacy.ts'

export type FactType = 'boolean' | 'long' | 'double' | 'string' | 'strings'

export interface FactSpec {
  readonly type: FactType
  readonly audit: AuditClass
  /** May be shown on the agent's screen (call.context). */
  readonly screen: boolean
}

export interface DependencyPolicy {
  readonly name: string
  readonly timeoutMs: number
  /** Facts synced longer ago than this are stale; null: never stale. */
  readonly staleAfterMs: number | null
  /** Ask only once that fact of that dependency is known. */
  readonly needs: { readonly dependency: string; readonly fact: string } | null
  readonly facts: { readonly [name: string]: FactSpec }
}

export interface Margins {
  readonly enricherMs: number
  readonly publishMs: number
  readonly backupMs: number
}

/** What a policy says of one request. */
export interface Verdict {
  readonly ruleId: string
  readonly target: Target
  readonly priority: number
  readonly skills: readonly Skill[]
  readonly language: string | null
  readonly preferredAgent: PreferredAgent | null
  readonly overflowTarget: Target | null
  readonly treatment: string | null
  /** Sorted, without repeats. */
  readonly flags: readonly string[]
  /** In the order of the policy's dependencies. */
  readonly fallbacks: readonly Fallback[]
}

export interface Question {
  /** The arrival's inputs by audit class, as `classify` gives them and as recorded decisions keep them. */
  readonly arrival: Facts
  /** Append time of the arrival: opening hours are taken then. */
  readonly arrivedAt: number
  /**
   * In the order of `dependencies`; null: pending. NOT_NEEDED is read as pending, so that a recorded
   * decision can be decided again from what it recorded (I7).
   */
  readonly lookups: readonly (UsedLookup | null)[]
}

/** A loaded, checked and compiled policy. Immutable; all functions are pure. */
export interface Policy {
  readonly name: string
  /** Hash of the text. */
  readonly version: string
  /** The YAML, to the letter. */
  readonly text: string
  readonly windowMs: number
  readonly margins: Margins
  /** A decision later than this after the arrival is not deliverable. */
  readonly staleCallMs: number
  readonly dependencies: readonly DependencyPolicy[]
  /**
   * The route, as soon as no pending lookup can change it (design §4.2); null while one can. With
   * nothing pending it is never null: a policy is total.
   */
  decide(question: Question): Verdict | null
  /** The arrival's inputs, flattened and by audit class: what rules may read and records may keep. */
  classify(arrival: CallArrived, privacy: Privacy): Facts
  /** Facts by audit class: `keep` in clear, `token` hashed, `drop` and undeclared gone. */
  redact(dependency: string, facts: Facts, privacy: Privacy): Facts
  /** Facts of all used lookups that may be shown to an agent, as `dependency.fact`. */
  screen(lookups: readonly UsedLookup[]): Facts
  /**
   * Where a call goes whose arrival can't be read (design §4.10): the default route, with one fallback
   * of kind FAILED that names why. Reads nothing of the call.
   */
  unreadable(why: Unreadable): Verdict
}

/** Why an arrival can't be read. */
export interface Unreadable {
  readonly cause: 'BAD_RESPONSE' | 'SCHEMA_UNAVAILABLE'
  /** Safe text for people; the end of the fallback's sentence. */
  readonly detail: string
  /** How long the call waited, milliseconds. */
  readonly waitedMs: number
}
