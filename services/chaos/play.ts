/** One scenario from start to verdict, on ground that is up. */
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { DEPENDENCIES, HEALTHY } from '../../infra/stubs/faults.ts'
import { watchStolen } from '../platform/cores.ts'
import type { LogTopic } from '../topology.ts'
import type { Ground } from './ground.ts'
import { judge } from './judge.ts'
import { watchLag, type LagWatch } from './lag.ts'
import { watchLeaders } from './leaders.ts'
import type { RunResult } from './result.ts'
import type { Scenario } from './scenario.ts'
import { createStage } from './stage.ts'
import { openWorld, type World } from './world.ts'

/** What a run is doing, for people who wait. */
export interface Progress {
  readonly phase: 'starting' | 'calls begin' | 'the fault' | 'calls go on' | 'draining' | 'judging'
  readonly counts: { readonly sent: number; readonly decided: number; readonly undecided: number }
}

/** The first calls come slowly: services and brokers that just started compile what they run. */
const WARMING_PER_S = 10
const WARMING_MS = 2500
/** So long after that the load counts as steady: the slowest lookup has been answered. */
const STEADY_MS = 3000
/** A scenario's play takes at most so much longer than its load. */
const PLAY_MS_MAX = 240_000
const WARM_UP_PER_S = 60
const WARM_UP_MS = 12_000
const DRAIN_MS_MAX = 45_000
/** Nothing more was written for so long: nothing more will be. */
const QUIET_MS = 2000
const DRAIN_POLL_MS = 500
const PROGRESS_EVERY_MS = 500

const WRITTEN: readonly LogTopic[] = [
  'call.lookup',
  'call.routed',
  'audit.decision',
  'audit.fallback',
  'audit.late',
]

async function play(ground: Ground, world: World, scenario: Scenario, signal: AbortSignal) {
  const { truth } = world
  const playMsMax = scenario.load.durationMs + PLAY_MS_MAX
  const tooLong = AbortSignal.timeout(playMsMax)
  const stage = createStage(ground, world, AbortSignal.any([signal, tooLong]))
  truth.did({ kind: 'play', target: scenario.id, detail: { what: 'begins' } })
  try {
    await scenario.play(stage)
    return null
  } catch (error) {
    signal.throwIfAborted()
    if (tooLong.aborted) return `it took longer than ${playMsMax} ms`
    return error instanceof Error ? error.message : String(error)
  } finally {
    truth.did({ kind: 'play', target: scenario.id, detail: { what: 'ends' } })
  }
}

/** Waits until nothing is unread and nothing more is written. */
async function drain({ connection }: World, lag: LagWatch, signal: AbortSignal): Promise<void> {
  const { offsets } = connection.client
  const endMs = performance.now() + DRAIN_MS_MAX
  let last = ''
  let sinceMs = performance.now()
  while (performance.now() < endMs) {
    const ends = await Promise.all(WRITTEN.map((topic) => offsets.ends(topic).catch(() => [])))
    const now = JSON.stringify(ends)
    const lags = Object.values(lag.samples.at(-1)?.records ?? { nobody: 1 })
    const behind = lags.some((records) => records > 0)
    if (now !== last || behind) sinceMs = performance.now()
    last = now
    if (performance.now() - sinceMs >= QUIET_MS) return
    await delay(DRAIN_POLL_MS, undefined, { signal })
  }
}

/** Everything is as it was, for the next scenario. Rejects when that can't be brought about. */
export async function heal({ cluster, site, network, systems }: Ground): Promise<void> {
  await network.heal()
  await site.heal()
  for (const node of cluster.nodes) {
    if (cluster.pid(node) === undefined) await cluster.restart(node)
    else await cluster.kill(node, 'SIGCONT')
  }
  for (const dependency of DEPENDENCIES) await systems.setFault(dependency, HEALTHY)
}

/** Brokers and registry that have just started compile what they run: calls that nobody judges. */
export async function warmUp(ground: Ground, signal: AbortSignal): Promise<void> {
  const scenario: Scenario = {
    id: 'warm-up',
    row: 'F0',
    title: 'calls before the first scenario',
    expected: 'nothing: they are not judged',
    crew: { routers: 1, backups: 0, enrichers: 1 },
    load: { ratePerS: WARM_UP_PER_S, durationMs: WARM_UP_MS, baseline: {} },
    bounds: [],
    play: async () => undefined,
  }
  await using world = await openWorld(ground, scenario, signal)
  world.calls.begin(WARM_UP_PER_S)
  await delay(WARM_UP_MS, undefined, { signal })
  await Promise.race([world.calls.end(), delay(DRAIN_MS_MAX, undefined, { signal })])
}

/** The topics go with the run: what `what-if` and analysts read of it stays beside its logs. */
async function exportAudit(world: World): Promise<void> {
  const folder = join(world.folder, 'audit')
  await world.crosspoint(['audit', 'export', '--out', folder, '--format', 'jsonl'])
}

/**
 * Plays and judges one scenario; what went wrong in playing it is part of the result. Rejects when the
 * deployment could not be started, and with the signal's reason.
 */
export async function playScenario(
  ground: Ground,
  scenario: Scenario,
  { signal, keepLogs }: { readonly signal: AbortSignal; readonly keepLogs: boolean },
  onProgress: (progress: Progress) => void,
): Promise<RunResult> {
  await using stack = new AsyncDisposableStack()
  let phase: Progress['phase'] = 'starting'
  let counts = { sent: 0, decided: 0, undecided: 0 }
  const timer = setInterval(() => onProgress({ phase, counts }), PROGRESS_EVERY_MS)
  stack.defer(() => clearInterval(timer))
  const { baseline, durationMs } = scenario.load
  const startedAt = Date.now()
  for (const name of DEPENDENCIES) await ground.systems.setFault(name, baseline[name] ?? HEALTHY)
  const world = stack.use(await openWorld(ground, scenario, signal))
  stack.use(await watchLeaders(world.settings, world.truth))
  const counting = setInterval(() => {
    counts = world.calls.counts()
  }, PROGRESS_EVERY_MS)
  stack.defer(() => clearInterval(counting))

  phase = 'calls begin'
  const beganMs = performance.now()
  const stolen = watchStolen()
  world.calls.begin(WARMING_PER_S)
  await delay(WARMING_MS, undefined, { signal })
  world.calls.stage.rate(scenario.load.ratePerS)
  await delay(STEADY_MS, undefined, { signal })
  const lag = watchLag(world.crew)
  stack.defer(() => lag.stop())
  phase = 'the fault'
  const brokenOff = await play(ground, world, scenario, signal)
  const healedAt = Date.now()
  if (brokenOff !== null) await heal(ground)
  phase = 'calls go on'
  const restMs = brokenOff === null ? durationMs - (performance.now() - beganMs) : 0
  if (restMs > 0) await delay(restMs, undefined, { signal })
  phase = 'draining'
  await Promise.race([world.calls.end(), delay(DRAIN_MS_MAX, undefined, { signal })])
  await drain(world, lag, signal)
  lag.stop()
  phase = 'judging'
  const endedAt = Date.now()
  if (keepLogs) await exportAudit(world)
  return await judge(ground, world, {
    scenario,
    startedAt,
    healedAt,
    endedAt,
    lag: [...lag.samples],
    brokenOff,
    stolen: stolen(),
  })
}
