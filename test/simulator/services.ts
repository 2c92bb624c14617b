/** Starts the real services over the simulated world's ports, as their programs do over Kafka. */
import pino, { type Logger } from 'pino'
import { startAuditor } from '../../services/auditor/auditor.ts'
import { createFactsCache } from '../../services/enricher/cache.ts'
import type { CrashPoint } from '../../services/enricher/lookups.ts'
import { followOverrides } from '../../services/enricher/override.ts'
import { ENRICHER_DEFAULTS } from '../../services/enricher/settings.ts'
import { startEnrichers } from '../../services/enricher/together.ts'
import type { Privacy } from '../../services/domain/privacy.ts'
import { hash } from '../../services/platform/hash.ts'
import { type FollowedPolicies, followPolicies } from '../../services/policy/follow-policies.ts'
import { knownPolicies } from '../../services/router/known-policies.ts'
import { startRouter } from '../../services/router/router.ts'
import { laneSettings, ROUTER_DEFAULTS } from '../../services/router/settings.ts'
import type { Instance, Running, StartService } from './cast.ts'
import { fakeConnector } from './connector.ts'
import type { Dependency } from './dependencies.ts'
import { askedBy } from './hosting.ts'
import type { Mode, Plan, Service } from './plan.ts'
import { openOnce, policy } from './policies.ts'

const privacy: Privacy = {
  keyId: 'simulated',
  token: (value) => hash(`secret ${value}`),
  mask: (number) => `**${number.slice(-2)}`,
}

const AUDITORS = 'auditor'

/** The consumer group of a service's instances; auditors of both lanes share one. */
export function groupOf(service: Service | 'auditor'): string {
  if (service === 'auditor') return AUDITORS
  if (service === 'router') return laneSettings('PRIMARY').groupId
  if (service === 'backup') return laneSettings('BACKUP').groupId
  return service.replace(' ', '-')
}

/** What services are told besides their ports. */
export interface Surroundings {
  /** What a dependency does at this moment. */
  readonly modeOf: (dependency: Dependency) => Mode
  /** True time. */
  readonly nowMs: () => number
  readonly logger: Logger
  readonly plan: Plan
  /** An instance is at a point where a crash is worth trying. */
  readonly crashPoint: (name: string, point: CrashPoint) => void
}

export const silent = pino({ level: 'silent' })

export function serviceStarter(surroundings: Surroundings): StartService {
  return (instance) => {
    const asked = askedBy(surroundings.plan, instance.service)
    return asked.length === 0
      ? startRouterProgram(instance, surroundings)
      : startEnricherProgram(instance, asked, surroundings)
  }
}

/** As every service does: what is published is read before it is ready, and followed. */
const policiesOf = (instance: Instance, logger: Logger): Promise<FollowedPolicies> =>
  followPolicies({
    ...instance,
    clock: instance.process.clock,
    logger,
    base: policy,
    open: openOnce,
    refused: () => {},
  })

async function startEnricherProgram(
  instance: Instance,
  asked: readonly Dependency[],
  { modeOf, nowMs, logger, plan, crashPoint }: Surroundings,
): Promise<Running> {
  const { name, process, client, codec, draw } = instance
  const { clock } = process
  const policies = await policiesOf(instance, logger)
  const overrides = await followOverrides({ client, codec, clock, logger })
  const enrichers = await startEnrichers({
    asked: asked.map((dependency) => ({
      dependency,
      groupId: groupOf(`enricher ${dependency}`),
      connector: fakeConnector(dependency, process, draw, {
        mode: () => modeOf(dependency),
        nowMs,
        talkative: plan.limits !== null,
      }),
      settings: {
        ...ENRICHER_DEFAULTS,
        maxClockSkewMs: plan.maxClockSkewMs,
        openMax: plan.limits?.openLookupsMax ?? ENRICHER_DEFAULTS.openMax,
      },
      cache: createFactsCache({ entriesMax: 1000, ttlMs: 3_600_000, clock, hash }),
      logger,
      observe: {
        settled: () => {},
        late: () => {},
        passedOver: () => {},
        load: () => {},
        breaker: () => {},
      },
    })),
    instanceId: name,
    client,
    codec,
    clock,
    random: draw.random,
    policyAt: (appendedAt) => policies.at(appendedAt),
    versions: policies,
    overrides,
    crashPoint: (point) => crashPoint(name, point),
  })
  return {
    stop: async () => {
      await enrichers.stop()
      overrides.stop()
      policies.stop()
    },
  }
}

/** The router's program, of either lane: router and auditor in one process, over one client. */
async function startRouterProgram(
  instance: Instance,
  { logger, plan }: Surroundings,
): Promise<Running> {
  const { service, name, process, client, codec } = instance
  const { clock } = process
  const policies = await policiesOf(instance, logger)
  const known = await knownPolicies({ reader: client.reader, codec }, policy, () => {})
  for (const version of policies.all()) known.meet(version.policy)
  policies.subscribe((version) => known.meet(version.policy))
  const auditor = startAuditor({
    client,
    codec,
    clock,
    evidence: { policyOf: (version) => known.of(version), privacy, hash },
    policies: known,
    logger,
    groupId: AUDITORS,
    service: `router/${name}`,
    observe: { noted: () => {}, deadLettered: () => {} },
  })
  const router = startRouter({
    client,
    codec,
    clock,
    policyAt: (appendedAt) => policies.at(appendedAt),
    versions: policies,
    privacy,
    hash,
    logger,
    observe: {
      decided: () => {},
      noticed: () => {},
      deadLettered: () => {},
      partitionMismatch: () => {},
      load: () => {},
    },
    settings: {
      ...ROUTER_DEFAULTS,
      ...laneSettings(service === 'backup' ? 'BACKUP' : 'PRIMARY'),
      instanceId: name,
      partitions: plan.partitions,
      maxClockSkewMs: plan.maxClockSkewMs,
      openMax: plan.limits?.openMax ?? ROUTER_DEFAULTS.openMax,
      recordBytesMax: plan.limits?.decisionBytesMax ?? ROUTER_DEFAULTS.recordBytesMax,
    },
  })
  const both = await Promise.all([router, auditor])
  return {
    stop: async () => {
      await Promise.all(both.map((each) => each.stop()))
      policies.stop()
    },
  }
}
