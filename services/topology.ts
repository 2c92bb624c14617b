/**
 * Every topic as data: creation, access rights, documentation and tests derive from this table.
 * Names here are logical; the environment's TOPIC_PREFIX is put in front at the edge to Kafka.
 */
import type {
  CallArrived,
  CallContext,
  CallRouted,
  ClockProbe,
  DecisionAudited,
  FallbackApplied,
  LookupArrivedLate,
  LookupSettled,
  OverrideSet,
  PolicyPublished,
} from '../schemas/records.ts'

/** The record type each topic carries. One type a topic; the subject is `<topic>-value`. */
export interface RecordOf {
  'call.arrived': CallArrived
  'call.lookup': LookupSettled
  'call.routed': CallRouted
  'call.context': CallContext
  'audit.decision': DecisionAudited
  'audit.fallback': FallbackApplied
  'audit.late': LookupArrivedLate
  'audit.policy': PolicyPublished
  'audit.override': OverrideSet
  'ops.policy': PolicyPublished
  'ops.override': OverrideSet
  'ops.clock': ClockProbe
}

export type TopicName = keyof RecordOf

/** Who touches a topic. `primary-router` and `auditor` run in one program but hold separate rights. */
export type Role =
  | 'switch'
  | 'acd'
  | 'desktop'
  | 'analyst'
  /** Holds the audit against the calls themselves: `audit verify`, `audit export --topic call.routed`. */
  | 'compliance'
  | 'operator'
  | 'enricher'
  | 'router'
  | 'auditor'

export interface TopicSpec {
  /** File name under schemas/, without its ending. */
  readonly schema: string
  /** `calls`: the deployment's one partition count for calls. A number: fixed. */
  readonly partitions: 'calls' | 1
  /** Milliseconds; null keeps for ever. */
  readonly retentionMs: number | null
  readonly compacted?: true
  /** What the key is, for people. */
  readonly key: string
  readonly writers: readonly Role[]
  readonly readers: readonly Role[]
  /** Who writes this topic's unreadable records to `<topic>.dlt`; absent: it has no dead letters. */
  readonly deadLettersBy?: Role
}

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

/** One partition count for all call.* and audit.* topics, so that a call keeps its partition. */
export const DEFAULT_CALL_PARTITIONS = 12
export const DEAD_LETTER_RETENTION_MS = 14 * DAY_MS

export const TOPICS: { readonly [Name in TopicName]: TopicSpec } = {
  'call.arrived': {
    schema: 'call-arrived',
    partitions: 'calls',
    retentionMs: DAY_MS,
    key: 'callId',
    writers: ['switch'],
    readers: ['enricher', 'router'],
    deadLettersBy: 'router',
  },
  'call.lookup': {
    schema: 'lookup-settled',
    partitions: 'calls',
    retentionMs: DAY_MS,
    key: 'callId',
    writers: ['enricher'],
    readers: ['router', 'auditor', 'enricher'],
    deadLettersBy: 'auditor',
  },
  'call.routed': {
    schema: 'call-routed',
    partitions: 'calls',
    retentionMs: 7 * DAY_MS,
    key: 'callId',
    writers: ['router'],
    readers: ['acd', 'router', 'auditor'],
    deadLettersBy: 'auditor',
  },
  'call.context': {
    schema: 'call-context',
    partitions: 'calls',
    retentionMs: DAY_MS,
    key: 'callId',
    writers: ['auditor'],
    readers: ['desktop'],
  },
  'audit.decision': {
    schema: 'decision-audited',
    partitions: 'calls',
    retentionMs: 400 * DAY_MS,
    key: 'callId',
    writers: ['auditor'],
    readers: ['analyst'],
  },
  'audit.fallback': {
    schema: 'fallback-applied',
    partitions: 'calls',
    retentionMs: 400 * DAY_MS,
    key: 'callId',
    writers: ['auditor'],
    readers: ['analyst'],
  },
  'audit.late': {
    schema: 'lookup-arrived-late',
    partitions: 'calls',
    retentionMs: 400 * DAY_MS,
    key: 'callId',
    writers: ['auditor'],
    readers: ['analyst'],
  },
  'audit.policy': {
    schema: 'policy-published',
    partitions: 1,
    retentionMs: null,
    compacted: true,
    key: 'policyVersion',
    writers: ['router'],
    readers: ['router', 'analyst', 'operator'],
  },
  'audit.override': {
    schema: 'override-set',
    partitions: 1,
    retentionMs: 400 * DAY_MS,
    key: 'dependency',
    writers: ['operator'],
    readers: ['analyst'],
  },
  'ops.policy': {
    schema: 'policy-published',
    partitions: 1,
    retentionMs: null,
    key: 'policyVersion',
    writers: ['operator'],
    readers: ['operator', 'router', 'enricher'],
  },
  'ops.override': {
    schema: 'override-set',
    partitions: 1,
    retentionMs: null,
    compacted: true,
    key: 'dependency',
    writers: ['operator'],
    readers: ['operator', 'enricher'],
  },
  'ops.clock': {
    schema: 'clock-probe',
    partitions: 1,
    retentionMs: HOUR_MS,
    key: 'instanceId',
    writers: ['router', 'enricher', 'auditor'],
    readers: [],
  },
}

export const TOPIC_NAMES = Object.keys(TOPICS) as TopicName[]

/** A topic that holds unreadable records of another one, untouched. */
export type DeadLetterTopic = `${TopicName}.dlt`

/** Every name that exists on the broker: the topics and, where they have an owner, their dead letters. */
export type LogTopic = TopicName | DeadLetterTopic
