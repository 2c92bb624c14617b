/** Plays the time line: switches the faults of each phase, and sets the override, when their time comes. */
import { DEPENDENCIES, HEALTHY } from '../../infra/stubs/faults.ts'
import type { DependencyName, Fault } from '../../infra/stubs/faults.ts'
import type { Clock } from '../platform/ports.ts'
import { OVERRIDE, type Moment } from './timeline.ts'

export interface Stage {
  readonly clock: Clock
  setFault(dependency: DependencyName, fault: Fault): Promise<void>
  /** Runs a command as an operator would. */
  crosspoint(args: readonly string[]): Promise<void>
}

export interface Play {
  /** What is being done to each system now. */
  readonly modes: Readonly<Record<string, string>>
  overridden(): boolean
  /** Resolves when the last phase has begun. */
  readonly done: Promise<void>
}

/** An override lasts at least so long: the operator's command takes a moment to be in force. */
const OVERRIDE_MS_MIN = 4000

function wait(clock: Clock, untilMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(Math.max(0, untilMs - clock.nowMs()), resolve)
    const abort = (): void => {
      cancel()
      reject(signal.reason as Error)
    }
    if (signal.aborted) abort()
    else signal.addEventListener('abort', abort, { once: true })
  })
}

/** The arguments of `crosspoint override set`, as an operator types them. */
export function overrideArguments(lastsMs: number): readonly string[] {
  const facts = Object.entries(OVERRIDE.facts).flatMap(([name, value]) => [
    '--fact',
    `${name}=${value}`,
  ])
  const { dependency, author, reason } = OVERRIDE
  const why = ['--author', author, '--reason', reason]
  const end = ['--expires-in', `${Math.ceil(lastsMs / 1000)}s`]
  return ['override', 'set', dependency, ...facts, ...why, ...end]
}

/** Starts at `startedAtMs` of the stage's clock; ends early, rejecting, when `signal` is given. */
export function conduct(
  stage: Stage,
  moments: readonly Moment[],
  startedAtMs: number,
  signal: AbortSignal,
): Play {
  const { clock } = stage
  const modes: Record<string, string> = Object.fromEntries(
    DEPENDENCIES.map((name) => [name, HEALTHY.mode]),
  )
  let overriddenUntilMs = 0

  const enter = async ({ phase }: Moment): Promise<void> => {
    const changes = DEPENDENCIES.map(async (name) => {
      const fault = phase.faults[name] ?? HEALTHY
      if (fault.mode === modes[name]) return
      await stage.setFault(name, fault)
      modes[name] = fault.mode
    })
    await Promise.all(changes)
  }
  const overrides: Promise<void>[] = []
  const override = async ({ fromMs, toMs }: Moment, from: number): Promise<void> => {
    const beginMs = startedAtMs + fromMs + from * (toMs - fromMs)
    await wait(clock, beginMs, signal)
    const lastsMs = Math.max(OVERRIDE_MS_MIN, startedAtMs + toMs - beginMs)
    await stage.crosspoint(overrideArguments(lastsMs))
    overriddenUntilMs = clock.nowMs() + lastsMs
  }
  const play = async (): Promise<void> => {
    for (const moment of moments) {
      await wait(clock, startedAtMs + moment.fromMs, signal)
      await enter(moment)
      if (moment.phase.overrideFrom !== undefined) {
        // An operator's command takes its time; the time line does not wait for it.
        const set = override(moment, moment.phase.overrideFrom)
        set.catch(() => undefined)
        overrides.push(set)
      }
    }
    await Promise.all(overrides)
  }
  return { modes, overridden: () => clock.nowMs() < overriddenUntilMs, done: play() }
}
