/** Wires one enricher process: policy, connector, Kafka, metrics. The only file here that is not told. */
import type { LookupSettled } from '../../schemas/records.ts'
import { CrosspointError } from '../errors.ts'
import { settingsFromEnvironment } from '../platform/environment.ts'
import { hash } from '../platform/hash.ts'
import type { Metrics } from '../platform/metrics.ts'
import { openRuntime, type Runtime } from '../platform/runtime.ts'
import { loadPolicyFile } from '../policy/load.ts'
import type { DependencyPolicy, Policy } from '../policy/policy.ts'
import { servicePolicies } from '../policy/service-policies.ts'
import type { LogTopic } from '../topology.ts'
import { createFactsCache, NO_CACHE } from './cache.ts'
import { loadConnectorFile, type LoadedConnector } from './connectors/config.ts'
import type { BreakerState } from './core/breaker.ts'
import { crashPointOf } from './crash.ts'
import { type EnricherObserver, startEnricher } from './enricher.ts'
import type { CrashPoint } from './lookups.ts'
import { followOverrides } from './override.ts'

const TOPICS: readonly LogTopic[] = [
  'call.arrived',
  'call.lookup',
  'ops.override',
  'ops.policy',
  'ops.clock',
]

/**
 * Runs the lookups of one dependency until the process is told to stop. Throws a CrosspointError for
 * every mistake in settings, policy and connectors before anything is opened.
 */
export async function runEnricher(dependency: string): Promise<void> {
  const settings = settingsFromEnvironment()
  const policy = loadPolicyFile(settings.POLICY_FILE)
  const declared = dependencyOf(policy, dependency)
  const loaded = loadConnectorFile({
    file: settings.CONNECTORS_FILE,
    env: process.env,
    dependency: declared,
  })
  const crashPoint = crashPointOf(process.env, () => process.kill(process.pid, 'SIGKILL'))
  const program = `enricher-${dependency}`
  const { secrets } = loaded
  const runtime = await openRuntime({ program, topics: TOPICS, tokens: false, settings, secrets })
  try {
    await start(runtime, { policy, dependency, loaded, crashPoint })
  } catch (error) {
    await runtime.lifecycle.stop('could not start')
    throw error
  }
  await runtime.lifecycle.stopped
}

interface Wanted {
  readonly policy: Policy
  readonly dependency: string
  readonly loaded: LoadedConnector
  readonly crashPoint: ((point: CrashPoint) => void) | null
}

async function start(runtime: Runtime, wanted: Wanted): Promise<void> {
  const { client, codec, clock, log, lifecycle, settings } = runtime
  const { policy, dependency, loaded, crashPoint } = wanted
  const { unmapped } = loaded
  if (unmapped.length > 0) log.warn({ unmapped }, 'facts that no answer can hold: always missing')
  const connector = await loaded.open()
  lifecycle.onStop('connector', () => connector.close())
  const policies = await servicePolicies(runtime, policy, Date.now)
  const overrides = await followOverrides({ client, codec, clock, logger: log })
  lifecycle.onStop('overrides', () => overrides.stop())
  const enricher = await startEnricher({
    dependency,
    groupId: `enricher-${dependency}`,
    instanceId: settings.INSTANCE_ID,
    connector,
    client,
    codec,
    clock,
    random: Math.random,
    policyAt: (appendedAt) => policies.at(appendedAt),
    versions: policies,
    settings: { ...loaded.settings, maxClockSkewMs: settings.MAX_CLOCK_SKEW_MS },
    cache: loaded.cache.use ? createFactsCache({ ...loaded.cache, clock, hash }) : NO_CACHE,
    overrides,
    logger: log,
    observe: observer(runtime.metrics, dependency),
    ...(crashPoint === null ? {} : { crashPoint }),
  })
  lifecycle.onStop('enricher', () => enricher.stop())
  runtime.checks.set('partitions', () => (enricher.ready() ? null : 'not all taken up yet'))
  const { version: policyVersion } = policies.at(Date.now())
  log.info({ dependency, policyVersion, settings: loaded.settings }, 'started')
}

function dependencyOf(policy: Policy, name: string): DependencyPolicy {
  const found = policy.dependencies.find((dependency) => dependency.name === name)
  if (found !== undefined) return found
  const names = policy.dependencies.map((dependency) => dependency.name).join(', ')
  const message = `policy '${policy.name}' has no dependency '${name}'; it has ${names || 'none'}`
  throw new CrosspointError('XP_DEPENDENCY_UNKNOWN', message)
}

const BREAKER_LEVEL: Readonly<Record<BreakerState, number>> = { CLOSED: 0, HALF_OPEN: 1, OPEN: 2 }

function observer(metrics: Metrics, dependency: string): EnricherObserver {
  return {
    settled({ outcome, cause, origin, latencyMs }: LookupSettled) {
      metrics.lookups.inc({ dependency, outcome, cause: cause ?? '', origin })
      metrics.lookupSeconds.observe({ dependency }, latencyMs / 1000)
    },
    late: () => metrics.lookupsLate.inc({ dependency }),
    passedOver(why) {
      if (why === 'repeat') metrics.repeats.inc({ topic: 'call.arrived' })
      else metrics.arrivalsUnreadable.inc()
    },
    load: ({ active }) => metrics.openLookups.set({ dependency }, active),
    breaker: (state) => metrics.breakerState.set({ dependency }, BREAKER_LEVEL[state]),
  }
}
