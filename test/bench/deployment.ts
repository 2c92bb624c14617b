/** One contender, deployed on topics of its own and ready for calls, and what a phase of it costs. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from '../../services/local/connect.ts'
import { createNursery } from '../../services/local/nursery.ts'
import { metricsOf } from '../../services/local/processes.ts'
import { prepareTopics } from '../../services/local/topics.ts'
import { watchStolen } from '../../services/platform/cores.ts'
import { parseSettings } from '../../services/platform/settings.ts'
import type { Clock, LogClient } from '../../services/platform/ports.ts'
import { loadPolicyFile } from '../../services/policy/load.ts'
import { TOPIC_NAMES } from '../../services/topology.ts'
import type { BenchCluster } from './cluster.ts'
import type { Contender, Running } from './contenders/contender.ts'
import { type Caller, type LoadResult, openCaller, type Phase } from './load.ts'
import { behindAfter, type GroupLag, lagOf } from './measure/lag.ts'
import { bytesByTopic } from './measure/logs.ts'
import { failedBetween, patientPage } from './measure/lookups.ts'
import { type Pauses, pausesBetween, watchOwnPauses } from './measure/pauses.ts'
import { watchProcesses } from './measure/processes.ts'
import { LOAD } from './measure/roles.ts'
import { brokenBy, OBJECTIVE } from './objective.ts'
import type { Measured } from './results.ts'

export interface Deployment {
  /** Calls at a rate for so long, with all that they cost. */
  readonly measure: (phase: Phase, repetition: number) => Promise<Measured>
}

/** What differs from the usual deployment: policy, partitions. */
type Changes = Readonly<Record<string, string>>

const ROOT = join(import.meta.dirname, '..', '..')
const SEED = 11
let deployments = 0

/** Deploys, hands over, and removes everything again whatever became of it. */
export async function withDeployment<T>(
  cluster: BenchCluster,
  contender: Contender,
  work: (deployment: Deployment) => Promise<T>,
  changes: Changes = {},
): Promise<T> {
  await using stack = new AsyncDisposableStack()
  const folder = mkdtempSync(join(tmpdir(), 'crosspoint-bench-'))
  stack.defer(() => rmSync(folder, { recursive: true, force: true }))
  deployments += 1
  const prefix = `${contender.name}-${deployments}.`
  const environment = {
    ...process.env,
    KAFKA_BROKERS: cluster.brokers,
    SCHEMA_REGISTRY_URL: cluster.registryUrl,
    TOPIC_PREFIX: prefix,
    POLICY_FILE: join(ROOT, 'policy', 'policy.yaml'),
    CONNECTORS_FILE: join(ROOT, 'policy', 'connectors.yaml'),
    TOKEN_KEY: 'a key for measuring only, of enough bytes',
    STUB_PACE: 'instant',
    ...changes,
  }
  const settings = parseSettings(environment)
  stack.defer(() => cluster.removeTopics(prefix))
  await prepareTopics(settings)
  const { signal } = new AbortController()
  const nursery = createNursery({ environment, folder, signal })
  stack.defer(() => nursery.stop())
  const running = await contender.start({ nursery, folder, environment, seed: SEED })
  stack.defer(() => running.stop())
  const connection = await connect(settings, 'bench', stack)
  const caller = await openCaller({
    ...connection,
    partitions: settings.CALL_PARTITIONS,
    windowMs: loadPolicyFile(environment.POLICY_FILE).windowMs,
    seed: SEED,
  })
  stack.defer(() => caller.close())
  const { client, clock } = connection
  const site = { cluster, prefix, client, clock, running, caller }
  // Awaited here: what the stack holds must outlive the work.
  return await work({
    measure: async (phase, repetition) => ({
      contender: contender.name,
      repetition,
      tries: 1,
      // A phase of a deployment that lost a process measures nothing.
      ...(await Promise.race([measurePhase(site, phase), nursery.died()])),
    }),
  })
}

interface Site {
  readonly cluster: BenchCluster
  readonly prefix: string
  readonly client: LogClient
  readonly clock: Clock
  readonly running: Running
  readonly caller: Caller
}

async function measurePhase(
  { cluster, prefix, client, clock, running, caller }: Site,
  phase: Phase,
): Promise<Omit<Measured, 'contender' | 'repetition' | 'tries'>> {
  const settledPages = (): Promise<string[]> => Promise.all(running.programs.map(patientPage))
  const lag = (): Promise<readonly GroupLag[]> => lagOf(client, running.groups)
  const [start, before, logsBefore] = [
    await lag(),
    await settledPages(),
    await logsOf(cluster.logDir, prefix, client),
  ]
  const stolen = watchStolen()
  const ownPauses = watchOwnPauses()
  let own: Pauses | null = null
  const morePauses = running.watchPauses?.()
  const taken = watchProcesses([
    ...running.processes,
    cluster.broker,
    { name: LOAD, pid: process.pid },
  ])
  const looks: Partial<Record<'middle' | 'end', Promise<readonly GroupLag[]>>> = {}
  const result: LoadResult = await caller.run({
    ...phase,
    look(when) {
      // Later it only counts together what it has, whoever waits for that.
      if (when === 'end') own = ownPauses()
      const asked = lag()
      // Awaited after the phase; a phase that fails before that has told why.
      asked.catch(() => undefined)
      looks[when] = asked
    },
  })
  const processes = [...taken()]
  const stolenShare = stolen()
  const after = await Promise.all(running.programs.map(metricsOf))
  const behind = await behindAfter(lag, clock, OBJECTIVE.settleMs)
  // Once all is settled: a process that is held up gives no page in time.
  const failedLookups = failedBetween(before, await settledPages())
  const ours = running.programs.flatMap(({ name }, index) => {
    const pauses = pausesBetween(before[index] ?? '', after[index] ?? '')
    return pauses === null ? [] : [[name, pauses] as const]
  })
  const measured = {
    ...result,
    stolen: stolenShare,
    lag: {
      start: [...start],
      middle: [...((await looks.middle) ?? [])],
      end: [...((await looks.end) ?? [])],
    },
    processes,
    pauses: { ...Object.fromEntries(ours), ...morePauses?.(), [LOAD]: own ?? ownPauses() },
    topics: grown(logsBefore, await logsOf(cluster.logDir, prefix, client)),
  }
  return { ...measured, broken: brokenBy(measured, { failedLookups, behind }) }
}

type Logs = ReadonlyMap<string, { readonly records: number; readonly bytes: number }>

/** Records by offsets, where the topic is one of ours; bytes as they lie in the broker's logs. */
async function logsOf(logDir: string, prefix: string, client: LogClient): Promise<Logs> {
  const logs = new Map<string, { records: number; bytes: number }>()
  for (const [topic, bytes] of bytesByTopic(logDir, prefix)) {
    const known = TOPIC_NAMES.find((name) => name === topic)
    const ends = known === undefined ? [] : await client.offsets.ends(known)
    logs.set(topic, { records: ends.reduce((sum, end) => sum + end, 0), bytes })
  }
  return logs
}

/** What was added between two looks, largest first. */
function grown(before: Logs, after: Logs): Measured['topics'] {
  return [...after]
    .map(([topic, { records, bytes }]) => ({
      topic,
      records: records - (before.get(topic)?.records ?? 0),
      bytes: bytes - (before.get(topic)?.bytes ?? 0),
    }))
    .filter(({ bytes }) => bytes > 0)
    .toSorted((one, other) => other.bytes - one.bytes)
}
