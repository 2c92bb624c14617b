/** One demo from start to verdict. */
import { createPeople } from '../../infra/stubs/people.ts'
import { createCallMix } from '../../infra/switch/calls.ts'
import { startSwitch, type Switch } from '../../infra/switch/switch.ts'
import type { Environment } from '../local/nursery.ts'
import type { Clock } from '../platform/ports.ts'
import { loadPolicyFile } from '../policy/load.ts'
import { conduct, type Play } from './conduct.ts'
import type { DemoOptions } from './options.ts'
import { prove } from './prove.ts'
import type { Report } from './report.ts'
import type { Screen } from './screen.ts'
import { momentsOf, PHASES, type Moment } from './timeline.ts'
import { startWatch, type Watch } from './watch.ts'
import { startWorld, type World } from './world.ts'

export interface DemoContext {
  readonly environment: Environment
  readonly policyFile: string
  readonly connectorsFile: string
  readonly screen: Screen
  readonly signal: AbortSignal
}

export interface DemoResult {
  readonly report: Report
  /** Settings that lead to the cluster; null when it is gone. */
  readonly exports: Readonly<Record<string, string>> | null
  /** Where the logs of the programs stay; null when they are gone. */
  readonly logs: string | null
}

const DRAW_EVERY_MS = 1000
/** The switch routes a call itself when it heard nothing so long after the window. */
const PATIENCE_BEYOND_WINDOW_MS = 1000
const DRAIN_MS_MAX = 20_000
/** The audit is complete when it has all decisions and nothing more came for so long. */
const QUIET_MS = 1500

/** Calls back every second until it is stopped. */
function every(clock: Clock, delayMs: number, run: () => void): () => void {
  let stopped = false
  const again = (): void => {
    if (stopped) return
    run()
    clock.after(delayMs, again)
  }
  again()
  return () => {
    stopped = true
  }
}

const pause = (clock: Clock, delayMs: number): Promise<void> =>
  new Promise((resolve) => void clock.after(delayMs, resolve))

const aborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true })
  })

/** Waits until the auditor has told everything that it will tell of these calls. */
async function drain({ clock }: World, watch: Watch, telephony: Switch): Promise<void> {
  const endMs = clock.nowMs() + DRAIN_MS_MAX
  const state = (): string => {
    const { lateAnswers, states, troubles } = watch.tally.view(clock.nowMs())
    const told = troubles.reduce((sum, [, { total }]) => sum + total, states.total)
    return [watch.audited(), watch.delivered.length, lateAnswers, told].join(' ')
  }
  let last = ''
  while (clock.nowMs() < endMs) {
    const now = state()
    const complete = watch.audited() >= watch.delivered.length
    if (complete && now === last && watch.delivered.length >= telephony.log.heard()) return
    last = now
    await pause(clock, QUIET_MS)
  }
}

function paintEvery(
  { clock }: World,
  options: DemoOptions,
  {
    screen,
    watch,
    play,
    moments,
    startedAtMs,
  }: {
    screen: Screen
    watch: Watch
    play: Play
    moments: readonly Moment[]
    startedAtMs: number
  },
): () => void {
  return every(clock, DRAW_EVERY_MS, () => {
    void watch.look()
    const now = clock.nowMs()
    screen.draw({
      elapsedMs: now - startedAtMs,
      durationMs: options.durationMs,
      moments,
      view: watch.tally.view(now),
      modes: play.modes,
      lag: watch.lag,
      overridden: play.overridden(),
    })
  })
}

/**
 * Runs the whole demo. Rejects with what stopped it: a CrosspointError when a part could not start or
 * ended, the signal's reason when it was interrupted. Nothing is left running then.
 */
export async function runDemo(options: DemoOptions, context: DemoContext): Promise<DemoResult> {
  const { policyFile, screen, signal } = context
  const policy = loadPolicyFile(policyFile)
  const dependencies = policy.dependencies.map(({ name }) => name)
  const { seed, keep } = options
  const say = (line: string): void => screen.say(line)
  await using stack = new AsyncDisposableStack()
  const world = await startWorld({
    ...context,
    seed,
    keep,
    dependencies,
    say,
  })
  stack.use(world)
  const { client, codec, clock, settings } = world
  const interrupted = Promise.race([aborted(signal), world.died])
  interrupted.catch(() => undefined)

  const producer = await client.producer('switch')
  let telephony: Switch | null = null
  const watch = await Promise.race([
    startWatch(world, dependencies, ({ decision }) => telephony?.hear(decision)),
    interrupted,
  ])
  stack.defer(() => watch.stop())
  const moments = momentsOf(PHASES, options.durationMs)
  const startedAt = Date.now()
  const startedAtMs = clock.nowMs()
  const play = conduct(world, moments, startedAtMs, signal)
  const calls = startSwitch({
    mix: createCallMix({ seed, run: `c${startedAt.toString(36)}`, people: createPeople(seed) }),
    calls: options.calls,
    ratePerS: options.ratePerS,
    partitions: settings.CALL_PARTITIONS,
    patienceMs: policy.windowMs + PATIENCE_BEYOND_WINDOW_MS,
    producer,
    codec,
    clock,
    unixMs: Date.now,
    onDefault: () => watch.tally.add({ kind: 'defaulted' }, clock.nowMs()),
  })
  telephony = calls
  const stopPainting = paintEvery(world, options, { screen, watch, play, moments, startedAtMs })
  try {
    await Promise.race([Promise.all([calls.done, play.done]), interrupted])
    await Promise.race([drain(world, watch, calls), interrupted])
  } finally {
    stopPainting()
    calls.stop()
    screen.leave()
  }
  say('Reading the topics back and checking the promises.')
  const report = await prove(world, {
    options,
    policy,
    moments,
    startedAt,
    endedAt: Date.now(),
    switchLog: calls.log,
    delivered: watch.delivered,
  })
  if (!report.passed) world.keepLogs()
  return {
    report,
    exports: world.kafka === 'kept' || world.kafka === 'given' ? world.exports : null,
    logs: report.passed ? null : world.folder,
  }
}
