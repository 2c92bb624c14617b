/** Wires one process of enrichers: policy, connectors, Kafka, metrics. The only file here that is not told. */
import { CrosspointError } from '../errors.ts'
import { settingsFromEnvironment } from '../platform/environment.ts'
import { hash } from '../platform/hash.ts'
import { openRuntime, type Runtime } from '../platform/runtime.ts'
import { loadPolicyFile } from '../policy/load.ts'
import type { DependencyPolicy, Policy } from '../policy/policy.ts'
import { servicePolicies } from '../policy/service-policies.ts'
import type { LogTopic } from '../topology.ts'
import { createFactsCache, NO_CACHE } from './cache.ts'
import { loadConnectorFile, type LoadedConnector } from './connectors/config.ts'
import { crashPointOf } from './crash.ts'
import type { CrashPoint } from './lookups.ts'
import { metricsObserver } from './observer.ts'
import { followOverrides } from './override.ts'
import { type Asked, type Enrichers, startEnrichers } from './together.ts'

const TOPICS: readonly LogTopic[] = [
  'call.arrived',
  'call.lookup',
  'ops.override',
  'ops.policy',
  'ops.clock',
]

/**
 * Runs the lookups of one dependency or several (each once, whatever is repeated) until the process is told
 * to stop. Throws a CrosspointError for mistakes in settings, policy and connectors, those of the first
 * dependency that has any, before anything is opened.
 */
export async function runEnrichers(dependencies: readonly string[]): Promise<void> {
  const settings = settingsFromEnvironment()
  const policy = loadPolicyFile(settings.POLICY_FILE)
  const names = [...new Set(dependencies)].toSorted()
  const wanted = names.map((name) => wantedOf(policy, name, settings.CONNECTORS_FILE))
  const crashPoint = crashPointOf(process.env, () => process.kill(process.pid, 'SIGKILL'))
  const program = `enricher-${names.join('-')}`
  const secrets = wanted.flatMap(({ loaded }) => loaded.secrets)
  const runtime = await openRuntime({ program, topics: TOPICS, tokens: false, settings, secrets })
  try {
    await start(runtime, policy, wanted, crashPoint)
  } catch (error) {
    await runtime.lifecycle.stop('could not start')
    throw error
  }
  await runtime.lifecycle.stopped
}

interface Wanted {
  readonly dependency: string
  readonly loaded: LoadedConnector
}

async function start(
  runtime: Runtime,
  policy: Policy,
  wanted: readonly Wanted[],
  crashPoint: ((point: CrashPoint) => void) | null,
): Promise<void> {
  const { client, codec, clock, log, lifecycle, settings, checks } = runtime
  checks.set('partitions', () => 'none taken up yet')
  const policies = await servicePolicies(runtime, policy, Date.now)
  const overrides = await followOverrides({ client, codec, clock, logger: log })
  lifecycle.onStop('overrides', () => overrides.stop())
  const life: { stopping: boolean; enrichers: Enrichers | null } = {
    stopping: false,
    enrichers: null,
  }
  lifecycle.onStop('enrichers', async () => {
    life.stopping = true
    await life.enrichers?.stop()
  })
  const asked = await Promise.all(wanted.map((one) => askedOf(runtime, one)))
  const enrichers = await startEnrichers({
    asked,
    instanceId: settings.INSTANCE_ID,
    client,
    codec,
    clock,
    random: Math.random,
    policyAt: (appendedAt) => policies.at(appendedAt),
    versions: policies,
    overrides,
    ...(crashPoint === null ? {} : { crashPoint }),
  })
  life.enrichers = enrichers
  // Told to stop while they started.
  if (life.stopping) await enrichers.stop()
  checks.set('partitions', () => {
    const missing = enrichers.missing()
    return missing.length === 0 ? null : `not all taken up yet of ${missing.join(', ')}`
  })
  log.info({ policyVersion: policies.at(Date.now()).version }, 'started')
}

/** Opens the connector of a dependency. */
async function askedOf(runtime: Runtime, { dependency, loaded }: Wanted): Promise<Asked> {
  const { clock, metrics, settings } = runtime
  const { unmapped } = loaded
  const logger = runtime.log.child({ dependency })
  if (unmapped.length > 0)
    logger.warn({ unmapped }, 'facts that no answer can hold: always missing')
  logger.info({ settings: loaded.settings }, 'asking')
  return {
    dependency,
    groupId: `enricher-${dependency}`,
    connector: await loaded.open(),
    settings: { ...loaded.settings, maxClockSkewMs: settings.MAX_CLOCK_SKEW_MS },
    cache: loaded.cache.use ? createFactsCache({ ...loaded.cache, clock, hash }) : NO_CACHE,
    logger,
    observe: metricsObserver(metrics, dependency),
  }
}

function wantedOf(policy: Policy, name: string, file: string): Wanted {
  const loaded = loadConnectorFile({
    file,
    env: process.env,
    dependency: dependencyOf(policy, name),
  })
  return { dependency: name, loaded }
}

function dependencyOf(policy: Policy, name: string): DependencyPolicy {
  const found = policy.dependencies.find((dependency) => dependency.name === name)
  if (found !== undefined) return found
  const names = policy.dependencies.map((dependency) => dependency.name).join(', ')
  const message = `policy '${policy.name}' has no dependency '${name}'; it has ${names || 'none'}`
  throw new CrosspointError('XP_DEPENDENCY_UNKNOWN', message)
}
