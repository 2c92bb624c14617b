/**
 * The metrics of a process. Names are `crosspoint_…` in base units; each help text says when a number
 * should worry an operator. No label ever holds a call id or a number.
 */
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client'
import { crowding } from './crowding.ts'

/** Seconds: from a warm hit to well past the longest window. */
const SECONDS = [0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 1.5, 2, 2.25, 2.5, 3, 5, 10]

export type Metrics = ReturnType<typeof createMetrics>

/** A registry of its own for each process (or each simulated one), with all metrics declared. */
export function createMetrics(options: { readonly service: string; readonly processes?: boolean }) {
  const registry = new Registry()
  registry.setDefaultLabels({ service: options.service })
  if (options.processes !== false) collectDefaultMetrics({ register: registry })
  const make = makers(registry)
  return { registry, ...forDecisions(make), ...forLookups(make), ...forOperation(make) }
}

type Makers = ReturnType<typeof makers>

function makers(registry: Registry) {
  const registers = [registry]

  const counter = <const L extends string>(name: string, help: string, labelNames: readonly L[]) =>
    new Counter<L>({ name: `crosspoint_${name}`, help, labelNames: [...labelNames], registers })
  const gauge = <const L extends string>(name: string, help: string, labelNames: readonly L[]) =>
    new Gauge<L>({ name: `crosspoint_${name}`, help, labelNames: [...labelNames], registers })
  /** Looked up when somebody asks. */
  const looked = (name: string, help: string, look: () => number) =>
    new Gauge({
      name: `crosspoint_${name}`,
      help,
      registers,
      collect() {
        this.set(look())
      },
    })
  const seconds = <const L extends string>(name: string, help: string, labelNames: readonly L[]) =>
    new Histogram<L>({
      name: `crosspoint_${name}`,
      help,
      labelNames: [...labelNames],
      buckets: SECONDS,
      registers,
    })

  return { counter, gauge, looked, seconds }
}

function forDecisions({ counter, gauge, seconds }: Makers) {
  return {
    decisions: counter(
      'decisions_total',
      'Decisions published. DEADLINE above its usual share: a dependency is slow. CAPACITY or LATE_START at all: the router is overrun or was down.',
      ['trigger', 'lane'],
    ),
    decisionsLate: counter(
      'decision_late_total',
      'Decisions appended after their call was due. Any increase is a broken promise unless brokers were down: page somebody.',
      [],
    ),
    decisionSeconds: seconds(
      'decision_seconds',
      "From the arrival's append to the decision's, broker time. Worry when p99 nears the policy's window while dependencies are healthy.",
      ['trigger'],
    ),
    appendToSeen: seconds(
      'append_to_seen_seconds',
      "From a decision's append until a router reads it. publishMs of the policy must exceed backupMs by its p99.9: worry when that is not so.",
      ['lane'],
    ),
    openRequests: gauge(
      'open_requests',
      'Requests read and not yet decided. About calls per second times seconds to decide; worry when it nears OPEN_REQUESTS_MAX.',
      [],
    ),
  }
}

function forLookups({ counter, gauge, seconds }: Makers) {
  return {
    lookups: counter(
      'lookups_total',
      'Lookups settled. Worry when outcomes other than FOUND and NO_MATCH pass a few per cent of a dependency; the cause says where to look.',
      ['dependency', 'outcome', 'cause', 'origin'],
    ),
    lookupSeconds: seconds(
      'lookup_seconds',
      "From the start of a lookup to its end. Worry when p99 nears the dependency's timeout.",
      ['dependency'],
    ),
    lookupsLate: counter(
      'lookups_late_total',
      'Answers that came after the timeout event of their lookup. A steady share: the timeout is a little too short for this dependency.',
      ['dependency'],
    ),
    arrivalsUnreadable: counter(
      'arrivals_unreadable_total',
      'Arrivals an enricher could not read and did not look up; the router sets them aside. Any increase: some producer writes what nobody can read.',
      [],
    ),
    fallbacks: counter(
      'fallbacks_total',
      'Fallbacks applied to effective decisions. Some reasons are a normal state of business; worry when one rises against last week.',
      ['dependency', 'reason'],
    ),
    openLookups: gauge(
      'open_lookups',
      'Lookups under way. Worry when it stays at the limit of its dependency: calls then wait in a queue.',
      ['dependency'],
    ),
    breakerState: gauge(
      'breaker_state',
      'Circuit breaker of a dependency: 0 closed, 1 half open, 2 open. Worry when it is not 0 for a minute.',
      ['dependency'],
    ),
  }
}

function forOperation({ counter, gauge, looked }: Makers) {
  return {
    lag: gauge(
      'consumer_lag_records',
      'Records between the end of a partition and what this process has read of it. Worry when it grows for a minute.',
      ['group', 'topic', 'partition'],
    ),
    policyRefused: counter(
      'policy_refused_total',
      'Policies that were published or loaded and refused. Any increase: calls go by an older policy than somebody believes.',
      [],
    ),
    policyInfo: gauge(
      'policy_info',
      'Always 1; the label is the policy in force. Worry when processes show different versions for more than a few seconds.',
      ['version'],
    ),
    policyReadAge: gauge(
      'policy_read_age_seconds',
      'Since this process last knew all of ops.policy. Worry above 5, the notice of a policy: one may govern that this process has not read, and calls go by the one before.',
      [],
    ),
    deadLetters: counter(
      'dead_letters_total',
      'Unreadable records set aside. Any increase: some producer writes what nobody can read.',
      ['topic', 'code'],
    ),
    partitionMismatch: counter(
      'partition_mismatch_total',
      'Arrivals in another partition than murmur2 of their key gives. Harmless to decisions; a rise says that a switch uses another partitioner.',
      [],
    ),
    repeats: counter(
      'repeats_total',
      'Records dropped because their id was seen before, by topic. A steady trickle is normal after restarts; worry when it does not end.',
      ['topic'],
    ),
    audited: counter(
      'audited_total',
      'What the auditor met, by kind. LOSER: another decision of the request counts; normal after a restart or with two lanes. REPEATED_*: sent or answered twice, told once. FORGOTTEN: no live answer within the horizon; rises with an enricher or dependency down. EVICTED at all: no room to wait that long, late answers may be missing from audit.late. POLICY_UNKNOWN at all: audited without facts, audit.policy lacks the text. VOID: a decision that sat in a stalled process; worry when it rises.',
      ['kind'],
    ),
    brokerTimeError: gauge(
      'broker_time_error_seconds',
      'How far the estimate of broker time may be off. Worry when it nears the publish margin: brokers answer slowly.',
      [],
    ),
    coresUsed: looked(
      'cores_used_ratio',
      "Share of the time of this machine's cores that was used of late, by anybody; 0 where the system does not tell. From 0.5 on requests to brokers are further apart, from 0.8 on by far: decisions take up to 75 ms longer than on quiet cores. Worry when it stays near 1.",
      () => crowding(performance.now()),
    ),
    batchesSkipped: counter(
      'batches_skipped_total',
      'Batches of records that could not be unpacked (corrupt or far too large) and were passed unread. Any increase loses records: the log names their offsets.',
      ['group', 'topic'],
    ),
    consumerRebuilds: counter(
      'consumer_rebuilds_total',
      'Times a consumer was built anew after an error it could not ride out. Worry when it rises steadily.',
      ['group'],
    ),
  }
}
