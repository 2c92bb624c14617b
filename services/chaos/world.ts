/** The deployment of one scenario on the shared ground: topics of its own, a crew, calls. */
import { randomBytes } from 'node:crypto'
import { execFile } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { startGently } from '../../infra/niceness.ts'
import { connect, type Connection } from '../local/connect.ts'
import { createNursery } from '../local/nursery.ts'
import { prepareTopics, removeTopics } from '../local/topics.ts'
import { parseSettings, type Settings } from '../platform/settings.ts'
import { loadPolicyFile } from '../policy/load.ts'
import type { Policy } from '../policy/policy.ts'
import { openCalls, type Calls } from './calls.ts'
import { createCrew, startCrew, type Crew } from './crew.ts'
import type { Ground } from './ground.ts'
import type { Scenario } from './scenario.ts'
import { writePolicy } from './margins.ts'
import { openTruth, type Truth } from './truth.ts'

export interface World extends AsyncDisposable {
  readonly settings: Settings
  readonly policy: Policy
  readonly connection: Connection
  readonly crew: Crew
  readonly calls: Calls
  readonly truth: Truth
  /** Logs of the services and the ground truth. */
  readonly folder: string
  crosspoint(args: readonly string[]): Promise<string>
}

const ROOT = join(import.meta.dirname, '..', '..')
const CROSSPOINT = join(ROOT, 'bin', 'crosspoint')
/** Fewer than the default: three brokers on a small machine make and drop these topics for each scenario. */
const PARTITIONS = 6
const PREPARE_TRIES = 4
const PREPARE_PAUSE_MS = 1000
const COMMAND_TIMEOUT_MS = 60_000
const OUTPUT_BYTES_MAX = 64 * 1024 * 1024

/** A registry that was just hurt, or brokers that just came back, may need a moment. */
async function prepared(settings: Settings, signal: AbortSignal): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await prepareTopics(settings)
    } catch (error) {
      if (tries === PREPARE_TRIES) throw error
      await delay(PREPARE_PAUSE_MS, undefined, { signal })
    }
  }
}

let lastWorld = 0

/** Resolves when every service is ready and the ACD reads. */
export async function openWorld(
  ground: Ground,
  scenario: Scenario,
  signal: AbortSignal,
): Promise<World> {
  await using stack = new AsyncDisposableStack()
  lastWorld += 1
  const folder = join(ground.folder, `${scenario.id}-${lastWorld}`)
  mkdirSync(folder)
  const truth = openTruth(join(folder, 'ground-truth.jsonl'))
  const policyFile = join(folder, 'policy.yaml')
  writePolicy(join(ROOT, 'policy', 'policy.yaml'), policyFile)
  const shared = {
    TOPIC_PREFIX: `chaos-${Date.now().toString(36)}.`,
    CALL_PARTITIONS: String(PARTITIONS),
    POLICY_FILE: policyFile,
    CONNECTORS_FILE: join(ROOT, 'policy', 'connectors.yaml'),
    TOKEN_KEY: randomBytes(32).toString('base64url'),
    HTTP_PORT: '0',
    LOG_TO: 'stderr',
    ...ground.systems.environment,
  }
  const direct = { ...ground.environment, ...shared, ...ground.network.direct() }
  const settings = parseSettings(direct)
  await prepared(settings, signal)
  stack.defer(() => removeTopics(settings).catch(() => undefined))
  await ground.site.enter(settings)
  signal.throwIfAborted()
  const connection = await connect(settings, 'chaos', stack)
  const nursery = createNursery({ environment: ground.environment, folder, signal })
  stack.defer(() => nursery.stop())
  const crew = createCrew({
    nursery,
    truth,
    environmentOf: (role) => ({
      ...shared,
      ...ground.network.environmentOf(role),
      ...ground.site.environmentOf(role),
    }),
  })
  const policy = loadPolicyFile(shared.POLICY_FILE)
  const [calls] = await Promise.all([
    openCalls(
      { connection, partitions: PARTITIONS, windowMs: policy.windowMs, truth, seed: ground.seed },
      stack,
    ),
    startCrew(crew, scenario),
  ])
  const running = stack.move()
  return {
    settings,
    policy,
    connection,
    crew,
    calls,
    truth,
    folder,
    async crosspoint(args) {
      const options = { env: direct, timeout: COMMAND_TIMEOUT_MS, maxBuffer: OUTPUT_BYTES_MAX }
      const command = promisify(execFile)(CROSSPOINT, [...args], options)
      // People's commands run on machines of people; what they ask of the brokers is asked here as there.
      if (command.child.pid !== undefined) startGently(command.child.pid)
      return (await command).stdout
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  }
}
