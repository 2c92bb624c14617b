/** Wires one router process: policy, Kafka, router, auditor, metrics. The only file here that is not told. */
import type { Lane, PolicyPublished } from '../../schemas/records.ts'
import { type AuditorOptions, startAuditor } from '../auditor/auditor.ts'
import { settingsFromEnvironment } from '../platform/environment.ts'
import { hash } from '../platform/hash.ts'
import type { Logger } from '../platform/log.ts'
import type { Metrics } from '../platform/metrics.ts'
import { openRuntime, type Runtime } from '../platform/runtime.ts'
import type { Clock } from '../platform/ports.ts'
import { every, wait } from '../platform/timing.ts'
import { loadPolicyFile } from '../policy/load.ts'
import type { Policy } from '../policy/policy.ts'
import { servicePolicies } from '../policy/service-policies.ts'
import type { LogTopic } from '../topology.ts'
import { type KnownPolicies, knownPolicies } from './known-policies.ts'
import { untilStarted } from './auditing.ts'
import type { RouterObserver } from './partition-router.ts'
import { type Router, startRouter } from './router.ts'
import { createSeenWatch, seenWithinMs, timetable } from './seen.ts'
import { laneSettings, ROUTER_DEFAULTS } from './settings.ts'

const TOPICS: readonly LogTopic[] = [
  'call.arrived',
  'call.arrived.dlt',
  'call.lookup',
  'call.lookup.dlt',
  'call.routed',
  'call.routed.dlt',
  'call.context',
  'audit.decision',
  'audit.fallback',
  'audit.late',
  'audit.policy',
  'ops.policy',
  'ops.clock',
]

/**
 * Runs a router and its auditor until the process is told to stop. Throws a CrosspointError for every
 * mistake in settings and policy before anything is opened.
 */
export async function runRouter(): Promise<void> {
  const policy = loadPolicyFile(settingsFromEnvironment().POLICY_FILE)
  const runtime = await openRuntime({ program: 'router', topics: TOPICS, tokens: true })
  try {
    await start(runtime, policy)
  } catch (error) {
    await runtime.lifecycle.stop('could not start')
    throw error
  }
  await runtime.lifecycle.stopped
}

async function start(runtime: Runtime, policy: Policy): Promise<void> {
  const { client, codec, clock, log, lifecycle, settings, metrics, privacy, checks } = runtime
  checks.set('router', () => 'its partitions are not taken up yet')
  checks.set('auditor', () => 'its partitions are not taken up yet')
  const policies = await servicePolicies(runtime, policy, Date.now)
  const known = await knownPolicies({ reader: client.reader, codec }, policy, (version, err) =>
    log.warn({ policyVersion: version, err }, 'a policy of the past can not be loaded any more'),
  )
  for (const version of policies.all()) known.meet(version.policy)
  policies.subscribe((version) => known.meet(version.policy))
  if (policies.at(Date.now()) === policy) tellOtherFile(log, policy, known.startedWith)
  const stops: (() => Promise<void>)[] = []
  const life = { stopping: false }
  lifecycle.onStop('router and auditor', async () => {
    life.stopping = true
    await Promise.all(stops.map((stop) => stop()))
  })
  const lane = settings.LANE === 'backup' ? 'BACKUP' : 'PRIMARY'
  const seen = watchSeen(runtime, lane, () => policies.at(Date.now()))
  const router = await startRouter({
    client,
    codec,
    clock,
    policyAt: (appendedAt) => policies.at(appendedAt),
    versions: policies,
    privacy,
    hash,
    logger: log,
    observe: { ...observer(metrics), seen },
    settings: {
      ...ROUTER_DEFAULTS,
      ...laneSettings(lane),
      instanceId: settings.INSTANCE_ID,
      partitions: settings.CALL_PARTITIONS,
      maxClockSkewMs: settings.MAX_CLOCK_SKEW_MS,
      openMax: settings.OPEN_REQUESTS_MAX,
    },
  })
  stops.push(() => router.stop())
  checks.set('router', () => (router.ready() ? null : 'not all partitions are read to their gates'))
  // Both read the horizon again, in one event loop: calls go before what is written about them.
  await ready(clock, router, () => life.stopping)
  if (life.stopping) return
  const auditor = await untilStarted(
    clock,
    () => !life.stopping,
    () => startAuditor(auditorOptions(runtime, known)),
    (err) => log.warn({ err }, 'the auditor can not start yet, trying again'),
  )
  if (auditor === null) return
  stops.push(() => auditor.stop())
  if (life.stopping) await auditor.stop()
  checks.set('auditor', () => (auditor.ready() ? null : 'not all partitions are taken up'))
  const now = policies.at(Date.now())
  log.info({ policyVersion: now.version, lane, timetable: timetable(now) }, 'started')
}

/** The auditor waits no longer for a router: whose group finds no peace, that one is not ready for long. */
const READY_WITHIN_MS = 15_000
const LOOK_EVERY_MS = 20

async function ready(clock: Clock, router: Router, stopping: () => boolean): Promise<void> {
  const untilMs = clock.nowMs() + READY_WITHIN_MS
  while (!router.ready() && !stopping() && clock.nowMs() < untilMs) await wait(clock, LOOK_EVERY_MS)
}

function auditorOptions(runtime: Runtime, known: KnownPolicies): AuditorOptions {
  const { client, codec, clock, log, settings, metrics, privacy, privacyOf } = runtime
  return {
    client,
    codec,
    clock,
    evidence: { policyOf: (version) => known.of(version), privacy, privacyOf, hash },
    policies: known,
    logger: log,
    groupId: 'auditor',
    service: `router/${settings.INSTANCE_ID}`,
    observe: {
      noted: (kind, count) => metrics.audited.inc({ kind }, count),
      deadLettered: (topic, code) => metrics.deadLetters.inc({ topic, code }),
    },
  }
}

/**
 * As long as nothing is published each router goes by its own POLICY_FILE: two that differ decide
 * differently, and somebody should know. Over time the alert PolicyVersionsDiffer tells.
 */
function tellOtherFile(log: Logger, own: Policy, before: PolicyPublished | null): void {
  if (before === null || before.policyVersion === own.version) return
  const { policyVersion, author: router, publishedAt } = before
  const fields = { policyVersion: own.version, before: { policyVersion, router, publishedAt } }
  log.warn(fields, 'the router that started before this one had another POLICY_FILE')
}

const LOOK_AT_SEEN_EVERY_MS = 60_000

/** Measures how soon decisions are seen, and says when the policy's margins leave less than that. */
function watchSeen(
  { clock, log, lifecycle, metrics }: Pick<Runtime, 'clock' | 'log' | 'lifecycle' | 'metrics'>,
  lane: Lane,
  policy: () => Policy,
): (delayMs: number) => void {
  const watch = createSeenWatch()
  const look = (): void => {
    const seenMs = watch.take()
    const { margins } = policy()
    const allowedMs = seenWithinMs(margins)
    if (seenMs === null || seenMs <= allowedMs) return
    log.warn(
      { seenMs, allowedMs, margins },
      'decisions are seen later (p99.9) than publishMs − backupMs: two lanes may both publish',
    )
  }
  lifecycle.onStop('append to seen', every(clock, LOOK_AT_SEEN_EVERY_MS, look))
  return (delayMs) => {
    watch.add(delayMs)
    metrics.appendToSeen.observe({ lane }, Math.max(0, delayMs) / 1000)
  }
}

function observer(metrics: Metrics): RouterObserver {
  return {
    decided(decision, { appendedAt }) {
      const { trigger, lane, arrivedAt, decideBy } = decision
      metrics.decisions.inc({ trigger, lane })
      metrics.decisionSeconds.observe({ trigger }, (appendedAt - arrivedAt) / 1000)
      if (appendedAt > decideBy) metrics.decisionsLate.inc()
      for (const { dependency, reason } of decision.fallbacks) {
        metrics.fallbacks.inc({ dependency, reason })
      }
    },
    noticed(what, count) {
      if (what === 'arrival-repeated') metrics.repeats.inc({ topic: 'call.arrived' }, count)
    },
    deadLettered: (code) => metrics.deadLetters.inc({ topic: 'call.arrived', code }),
    partitionMismatch: () => metrics.partitionMismatch.inc(),
    load({ open, clockErrorMs }) {
      metrics.openRequests.set(open)
      if (Number.isFinite(clockErrorMs)) metrics.brokerTimeError.set(clockErrorMs / 1000)
    },
  }
}
