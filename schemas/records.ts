// Generated from the .avsc files by `npm run generate`; edit those instead.

/** A fact as it travels: what a dependency said, by name. */
export type FactValue = null | boolean | number | string | readonly string[]

/** May the number be used. */
export type AniPresentation =
  | 'ALLOWED'
  | 'RESTRICTED'
  | 'UNAVAILABLE'

/** STIR/SHAKEN result with its attestation level. */
export type AniVerification =
  | 'NOT_CHECKED'
  | 'PASSED_A'
  | 'PASSED_B'
  | 'PASSED_C'
  | 'FAILED'

/** A call, or a call that asks again, wants to be routed. */
export interface CallArrived {
  /** Unique across switches, never reused. */
  readonly callId: string
  /** From 1; callId and requestNo together name a route request. */
  readonly requestNo: number
  /** VOICE and what a switch adds. */
  readonly channel: string
  /** Caller's number, E.164; null when not given. */
  readonly ani: string | null
  /** Presentation of the number. */
  readonly aniPresentation: AniPresentation
  /** Verification of the number. */
  readonly aniVerification: AniVerification
  /** Number dialled. */
  readonly dnis: string
  /** Language chosen or detected, BCP 47. */
  readonly language: string | null
  /** Caller-entered digits. */
  readonly ced: string | null
  /** Menu choice. */
  readonly ivrChoice: string | null
  /** Intent the IVR found. */
  readonly ivrIntent: string | null
  /** Hand-over of a virtual agent. */
  readonly virtualAgent: VirtualAgentHandover | null
  /** Authentication of the caller. */
  readonly callerAuth: CallerAuth
  /** callId of the call this one continues. */
  readonly transferOf: string | null
  /** Whatever else the switch knows. */
  readonly attributes: { readonly [name: string]: string }
  /** The switch's own time of arrival. */
  readonly switchTime: number | null
  /** The switch's own limit, milliseconds; null: the policy's window. */
  readonly decideWithinMs: number | null
}

/** What the agent's desktop shows; a higher revision replaces a lower one. */
export interface CallContext {
  /** Unique across switches, never reused. */
  readonly callId: string
  /** From 1; callId and requestNo together name a route request. */
  readonly requestNo: number
  /** From 1. */
  readonly revision: number
  /** The decision it belongs to. */
  readonly decisionId: string
  /** Facts allowed on the screen, as dependency.fact. */
  readonly facts: { readonly [name: string]: FactValue }
  /** Flags of the decision. */
  readonly flags: readonly string[]
  /** How far the caller proved who they are. */
  readonly callerAuth: CallerAuth
  /** The caller's number, masked. */
  readonly callerMasked: string | null
  /** A virtual agent's hand-over. */
  readonly summary: string | null
  /** callId of the call this one continues. */
  readonly transferOf: string | null
  /** Never a blank screen: what is known of each dependency. */
  readonly dependencies: readonly DependencyState[]
}

/** The decision, self-contained. The first readable, not void record of a request in its partition counts. */
export interface CallRouted {
  /** Unique across switches, never reused. */
  readonly callId: string
  /** From 1; callId and requestNo together name a route request. */
  readonly requestNo: number
  /** Hash of what went in. */
  readonly decisionId: string
  /** Where the call goes. */
  readonly target: Target
  /** 1 is the highest. */
  readonly priority: number
  /** Skills the agent must have. */
  readonly skills: readonly Skill[]
  /** Language to be served in, BCP 47. */
  readonly language: string | null
  /** Agent to try first. */
  readonly preferredAgent: PreferredAgent | null
  /** Where the call goes when the wait is over. */
  readonly overflowTarget: Target | null
  /** Announcement or treatment the ACD plays. */
  readonly treatment: string | null
  /** Flags for the agent and the ACD, sorted. */
  readonly flags: readonly string[]
  /** What made the router decide. */
  readonly trigger: Trigger
  /** Rule that decided; `default` for the policy's default. */
  readonly ruleId: string
  /** Policy. */
  readonly policyName: string
  /** Hash of the policy's text. */
  readonly policyVersion: string
  /** Every reason, in the order of the policy's dependencies. */
  readonly fallbacks: readonly Fallback[]
  /** All dependencies of the policy, in its order. */
  readonly lookups: readonly UsedLookup[]
  /** Facts the policy allows on the agent's screen, as dependency.fact. */
  readonly context: { readonly [name: string]: FactValue }
  /** The arrival's inputs by audit class: kept in clear or as a token. */
  readonly arrival: { readonly [name: string]: FactValue }
  /** For the agent's screen. */
  readonly callerAuth: CallerAuth
  /** A virtual agent's summary, for the agent's screen. */
  readonly summary: string | null
  /** callId of the call this one continues. */
  readonly transferOf: string | null
  /** Keyed hash of the caller's number; null when withheld. */
  readonly callerToken: string | null
  /** Which key made the caller's token and those among the arrival's inputs. */
  readonly tokenKeyId: string | null
  /** The number with all but its last two digits masked. */
  readonly callerMasked: string | null
  /** Coordinates of the arrival. */
  readonly arrivalAt: Coordinates
  /** Append time of the arrival. */
  readonly arrivedAt: number
  /** The decision was due by this append time. */
  readonly decideBy: number
  /** Broker time at which the core decided. */
  readonly decidedAt: number
  /** False when the decision comes too late to be of use. */
  readonly deliverable: boolean
  /** The lane that decided. */
  readonly lane: Lane
  /** The instance that decided. */
  readonly routerId: string
  /** Version of the deciding code. */
  readonly coreVersion: string
  /** Why a record was reduced or could not be read; safe text. */
  readonly detail: string | null
}

/** How far the caller proved who they are. */
export type CallerAuth =
  | 'NONE'
  | 'IDENTIFIED'
  | 'VERIFIED'

/** Why a live lookup gave no answer; also set when a cache or an override then supplied facts. */
export type Cause =
  | 'QUEUED'
  | 'CONNECT'
  | 'RESPONSE'
  | 'UNREACHABLE'
  | 'ERROR_STATUS'
  | 'BAD_RESPONSE'
  | 'CIRCUIT_OPEN'
  | 'OVERLOADED'
  | 'CALL_EXPIRED'
  | 'NEEDS_UNMET'
  | 'CALLER_WITHHELD'
  | 'SCHEMA_UNAVAILABLE'
  | 'OTHER'

/** Appended for its acknowledgement's append time; nobody reads it. */
export interface ClockProbe {
  /** Who probes. */
  readonly instanceId: string
}

/** Where a record stands in the log. */
export interface Coordinates {
  /** Topic. */
  readonly topic: string
  /** Partition. */
  readonly partition: number
  /** Offset. */
  readonly offset: number
}

/** A decision with all that is needed to decide it again. */
export interface DecisionAudited {
  /** Unique across switches, never reused. */
  readonly callId: string
  /** From 1; callId and requestNo together name a route request. */
  readonly requestNo: number
  /** The decision's id. */
  readonly decisionId: string
  /** True for the record that counts; losers appear as false, without fallbacks. */
  readonly effective: boolean
  /** Where the call goes. */
  readonly target: Target
  /** 1 is the highest. */
  readonly priority: number
  /** Skills the agent must have. */
  readonly skills: readonly Skill[]
  /** Language to be served in, BCP 47. */
  readonly language: string | null
  /** Agent to try first. */
  readonly preferredAgent: PreferredAgent | null
  /** Where the call goes when the wait is over. */
  readonly overflowTarget: Target | null
  /** Announcement or treatment the ACD plays. */
  readonly treatment: string | null
  /** Flags for the agent and the ACD, sorted. */
  readonly flags: readonly string[]
  /** What made the router decide. */
  readonly trigger: Trigger
  /** Rule that decided; `default` for the policy's default. */
  readonly ruleId: string
  /** Policy. */
  readonly policyName: string
  /** Hash of the policy's text. */
  readonly policyVersion: string
  /** Every reason. */
  readonly fallbacks: readonly Fallback[]
  /** All dependencies of the policy. */
  readonly lookups: readonly UsedLookup[]
  /** The arrival's inputs by audit class. */
  readonly arrival: { readonly [name: string]: FactValue }
  /** Keyed hash of the caller's number; null when withheld. */
  readonly callerToken: string | null
  /** Which key made the caller's token and those among the arrival's inputs. */
  readonly tokenKeyId: string | null
  /** Which key made the tokens among the facts of lookups and fallbacks; null in records from before it was told. */
  readonly factsKeyId: string | null
  /** The number with all but its last two digits masked. */
  readonly callerMasked: string | null
  /** Coordinates of the arrival. */
  readonly arrivalAt: Coordinates
  /** Coordinates of the decision in call.routed. */
  readonly routedAt: Coordinates
  /** Append time of the arrival. */
  readonly arrivedAt: number
  /** The decision was due by this append time. */
  readonly decideBy: number
  /** Broker time at which the core decided. */
  readonly decidedAt: number
  /** Append time of the decision. */
  readonly appendedAt: number
  /** False when it came too late to be of use. */
  readonly deliverable: boolean
  /** The lane that decided. */
  readonly lane: Lane
  /** The instance that decided. */
  readonly routerId: string
  /** Version of the deciding code. */
  readonly coreVersion: string
  /** Safe text. */
  readonly detail: string | null
  /** Hash of all other fields in canonical JSON: tells a record that was altered. */
  readonly digest: string
}

/** NO: no value of the missing facts would have changed the route. */
export type Decisive =
  | 'NO'
  | 'UNKNOWN'

/** State of one dependency. */
export interface DependencyState {
  /** Dependency. */
  readonly dependency: string
  /** PENDING, NOT_NEEDED or an outcome. */
  readonly state: string
  /** For people. */
  readonly sentence: string
  /** The source's own time of the data. */
  readonly syncedAt: number | null
}

/** One reason why the decision did not rest on live, fresh, complete facts. */
export interface Fallback {
  /** Dependency it stands in for. */
  readonly dependency: string
  /** How bad it is. */
  readonly kind: FallbackKind
  /** Outcome the fallback answers. */
  readonly outcome: SettledAs
  /** Why LIVE gave no answer. */
  readonly cause: Cause | null
  /** Stable reason code from the policy. */
  readonly reason: string
  /** The reason for people. */
  readonly sentence: string
  /** How long the call waited for this dependency, milliseconds. */
  readonly waitedMs: number
  /** Where the facts used came from. */
  readonly origin: Origin
  /** The facts used were stale. */
  readonly stale: boolean
  /** The source's own time of the facts used. */
  readonly syncedAt: number | null
  /** Facts a partial answer lacked. */
  readonly missing: readonly string[]
  /** Facts the policy put in, by name. */
  readonly substituted: { readonly [name: string]: FactValue }
  /** Flags raised by this fallback. */
  readonly flags: readonly string[]
  /** Whether the missing facts could have changed the route. */
  readonly decisive: Decisive
}

/** One flat record per fallback reason of an effective decision. */
export interface FallbackApplied {
  /** Hash of decision, dependency and reason; repeats share it. */
  readonly eventId: string
  /** The decision. */
  readonly decisionId: string
  /** Unique across switches, never reused. */
  readonly callId: string
  /** From 1; callId and requestNo together name a route request. */
  readonly requestNo: number
  /** Dependency it stands in for. */
  readonly dependency: string
  /** How bad it is. */
  readonly kind: FallbackKind
  /** Outcome the fallback answers. */
  readonly outcome: SettledAs
  /** Why LIVE gave no answer. */
  readonly cause: Cause | null
  /** Stable reason code from the policy. */
  readonly reason: string
  /** The reason for people. */
  readonly sentence: string
  /** How long the call waited for this dependency, milliseconds. */
  readonly waitedMs: number
  /** Where the facts used came from. */
  readonly origin: Origin
  /** The facts used were stale. */
  readonly stale: boolean
  /** The source's own time of the facts used. */
  readonly syncedAt: number | null
  /** Facts a partial answer lacked. */
  readonly missing: readonly string[]
  /** Facts the policy put in, by audit class. */
  readonly substituted: { readonly [name: string]: FactValue }
  /** Flags raised by this fallback. */
  readonly flags: readonly string[]
  /** Where the call went. */
  readonly target: Target
  /** Rule that decided. */
  readonly ruleId: string
  /** Hash of the policy's text. */
  readonly policyVersion: string
  /** Whether the missing facts could have changed the route. */
  readonly decisive: Decisive
  /** What made the router decide. */
  readonly trigger: Trigger
  /** Append time of the arrival. */
  readonly arrivedAt: number
  /** Append time of the decision. */
  readonly appendedAt: number
  /** Keyed hash of the caller's number; null when withheld. */
  readonly callerToken: string | null
  /** Which key made the token. */
  readonly tokenKeyId: string | null
  /** Which key made the tokens among the substituted facts; null in records from before it was told. */
  readonly factsKeyId: string | null
  /** The number with all but its last two digits masked. */
  readonly callerMasked: string | null
}

/** STATE: a valid business state. DEGRADED: not live, not fresh or not complete. FAILED: no facts. */
export type FallbackKind =
  | 'STATE'
  | 'DEGRADED'
  | 'FAILED'

/** The lane that decided. */
export type Lane =
  | 'PRIMARY'
  | 'BACKUP'

/** The first live answer that a decision did not use. */
export interface LookupArrivedLate {
  /** Hash of request and dependency; repeats share it. */
  readonly eventId: string
  /** The decision that went without it. */
  readonly decisionId: string
  /** Unique across switches, never reused. */
  readonly callId: string
  /** From 1; callId and requestNo together name a route request. */
  readonly requestNo: number
  /** Dependency that answered late. */
  readonly dependency: string
  /** How the decision saw this dependency. */
  readonly settledAs: SettledAs
  /** What it answered. */
  readonly outcome: Outcome
  /** The facts, by audit class. */
  readonly facts: { readonly [name: string]: FactValue }
  /** The source's own time of the data. */
  readonly syncedAt: number | null
  /** The lookup's own latency, milliseconds. */
  readonly latencyMs: number
  /** After the decision's append time; negative when it came before the decision but after its timeout event. */
  readonly lateByMs: number
  /** Coordinates of the late record. */
  readonly lookupAt: Coordinates
  /** Where the call went. */
  readonly routedTarget: Target
  /** Rule that decided. */
  readonly routedRuleId: string
  /** Where it would have gone; null when the core can't tell. */
  readonly counterfactualTarget: Target | null
  /** Rule that would have decided. */
  readonly counterfactualRuleId: string | null
  /** The late answer would have changed the route. */
  readonly differs: boolean
  /** Policy the counterfactual used. */
  readonly policyVersion: string
  /** Append time of the arrival. */
  readonly arrivedAt: number
  /** Keyed hash of the caller's number; null when withheld. */
  readonly callerToken: string | null
  /** Which key made the token. */
  readonly tokenKeyId: string | null
  /** Which key made the tokens among the facts; null in records from before it was told. */
  readonly factsKeyId: string | null
  /** The number with all but its last two digits masked. */
  readonly callerMasked: string | null
}

/** A dependency answered, or its time is up. */
export interface LookupSettled {
  /** Unique across switches, never reused. */
  readonly callId: string
  /** From 1; callId and requestNo together name a route request. */
  readonly requestNo: number
  /** Dependency asked. */
  readonly dependency: string
  /** What came of it. */
  readonly outcome: Outcome
  /** Why LIVE gave no answer. */
  readonly cause: Cause | null
  /** Where the facts came from. */
  readonly origin: Origin
  /** The facts are older than the policy allows. */
  readonly stale: boolean
  /** Facts a partial answer lacked. */
  readonly missing: readonly string[]
  /** The facts, by name without the dependency's prefix. */
  readonly facts: { readonly [name: string]: FactValue }
  /** The source's own time of the data. */
  readonly syncedAt: number | null
  /** Operation and kind of identifier, never its value. */
  readonly asked: string
  /** Tries made. */
  readonly attempts: number
  /** From the start of the lookup to its end, milliseconds. */
  readonly latencyMs: number
  /** Time the lookup was given, milliseconds. */
  readonly budgetMs: number
  /** Safe text for people. */
  readonly detail: string
}

/** Where the facts came from; NONE when there are none. */
export type Origin =
  | 'LIVE'
  | 'CACHE'
  | 'OVERRIDE'
  | 'NONE'

/** What came of the lookup. */
export type Outcome =
  | 'FOUND'
  | 'NO_MATCH'
  | 'MULTIPLE_MATCH'
  | 'TIMED_OUT'
  | 'FAILED'
  | 'SKIPPED'

/** What the operator did. */
export type OverrideAction =
  | 'SET'
  | 'CLEAR'

/** A manual override of a dependency's facts, set or cleared. */
export interface OverrideSet {
  /** Dependency overridden. */
  readonly dependency: string
  /** Set or cleared. */
  readonly action: OverrideAction
  /** Facts that stand in for the dependency. */
  readonly facts: { readonly [name: string]: FactValue }
  /** Who did it. */
  readonly author: string
  /** Why. */
  readonly reason: string
  /** When. */
  readonly setAt: number
  /** When it ends by itself; null only on CLEAR. */
  readonly expiresAt: number | null
  /** Which key made the tokens among the facts; null where there are none. */
  readonly tokenKeyId: string | null
}

/** A policy version and its text. */
export interface PolicyPublished {
  /** Hash of the text. */
  readonly policyVersion: string
  /** Name in the text. */
  readonly policyName: string
  /** The YAML, to the letter. */
  readonly text: string
  /** Governs arrivals appended from then on. */
  readonly activeFrom: number
  /** Who published it. */
  readonly author: string
  /** Why. */
  readonly reason: string
  /** When it was published. */
  readonly publishedAt: number
}

/** An agent to wait for before the overflow target. */
export interface PreferredAgent {
  /** Agent id. */
  readonly id: string
  /** How long to wait, milliseconds. */
  readonly waitMs: number
}

/** The outcome the decision saw; NO_ANSWER and NOT_NEEDED are the router's own. */
export type SettledAs =
  | 'FOUND'
  | 'NO_MATCH'
  | 'MULTIPLE_MATCH'
  | 'TIMED_OUT'
  | 'FAILED'
  | 'SKIPPED'
  | 'NO_ANSWER'
  | 'NOT_NEEDED'

/** A skill the agent must have. */
export interface Skill {
  /** Skill name. */
  readonly name: string
  /** Lowest level that will do. */
  readonly minLevel: number
}

/** A destination the ACD knows. */
export interface Target {
  /** The kind of destination. */
  readonly type: TargetType
  /** Its name in the ACD. */
  readonly id: string
}

/** What kind of destination the id names. */
export type TargetType =
  | 'QUEUE'
  | 'AGENT'
  | 'CALLBACK'
  | 'VOICEMAIL'
  | 'SELF_SERVICE'
  | 'EXTERNAL'

/** What made the router decide. */
export type Trigger =
  | 'ALL_SETTLED'
  | 'OUTCOME_CERTAIN'
  | 'DEADLINE'
  | 'CAPACITY'
  | 'LATE_START'
  | 'UNREADABLE'

/** A lookup as the decision saw it, in full. */
export interface UsedLookup {
  /** Dependency asked. */
  readonly dependency: string
  /** How it stood when the call was decided. */
  readonly outcome: SettledAs
  /** Why LIVE gave no answer. */
  readonly cause: Cause | null
  /** Where the facts came from. */
  readonly origin: Origin
  /** The facts are older than the policy allows. */
  readonly stale: boolean
  /** Facts a partial answer lacked. */
  readonly missing: readonly string[]
  /** The facts, by name without the dependency's prefix. */
  readonly facts: { readonly [name: string]: FactValue }
  /** The source's own time of the data. */
  readonly syncedAt: number | null
  /** Operation and kind of identifier, never its value. */
  readonly asked: string
  /** Tries made. */
  readonly attempts: number
  /** From the start of the lookup to its end, milliseconds. */
  readonly latencyMs: number
  /** Time the lookup was given, milliseconds. */
  readonly budgetMs: number
  /** Safe text for people. */
  readonly detail: string
  /** Append time of the lookup's record; null when none came. */
  readonly settledAt: number | null
  /** Offset of that record in call.lookup; null when none came. */
  readonly settledOffset: number | null
}

/** What an AI front end hands over. */
export interface VirtualAgentHandover {
  /** Summary for the agent. */
  readonly summary: string
  /** Intent it found. */
  readonly intent: string | null
  /** 0 to 1. */
  readonly confidence: number | null
}
