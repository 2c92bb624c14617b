/**
 * Carries out one lookup: feeds its flow with what happens and does what the flow says, through the
 * dependency's bulkhead, breaker and connector. One `Asking` serves all lookups of a dependency.
 */
import type { Logger } from 'pino'
import type { Cancel, Clock } from '../platform/ports.ts'
import type { DependencyPolicy } from '../policy/policy.ts'
import type { Connector } from './connectors/connector.ts'
import { type Breaker, type BreakerSettings, createBreaker } from './core/breaker.ts'
import { type Bulkhead, type BulkheadSettings, createBulkhead } from './core/bulkhead.ts'
import { type Flow, type FlowEffect, type FlowInput, NEW_FLOW, stepFlow } from './core/flow.ts'
import { failure, isTimeout, type Live, type LiveFailure, type LiveResult } from './core/live.ts'
import type { LiveSkipped, Phase } from './core/live.ts'
import type { Question } from './core/question.ts'
import { retryDelayMs, type RetrySettings } from './core/retry.ts'
import { createTries } from './tries.ts'

export interface AskingOptions {
  readonly connector: Connector
  readonly clock: Clock
  readonly random: () => number
  readonly retry: RetrySettings
  readonly breaker: BreakerSettings
  readonly bulkhead: BulkheadSettings
  /** How long a question stays open for its late answer once its budget is over. */
  readonly lateWaitMs: number
  readonly logger: Logger
}

/** What comes of a lookup. `settled` is called once, `late` at most once and only afterwards. */
interface LookupEnds {
  settled(live: Live, attempts: number): void
  late(live: LiveResult, attempts: number): void
}

export interface Lookup {
  /** It may be asked now: a question of a dependency, within a budget that is over at a host time. */
  ask(question: Question, policy: DependencyPolicy, endsAtHostMs: number, budgetMs: number): void
  /** It settles without being asked. */
  skip(live: LiveSkipped): void
  /** Changes when its budget ends; for lookups that still wait for what they need. */
  expireAt(endsAtHostMs: number, budgetMs: number): void
  abandon(): void
}

export interface Asking {
  lookup(ends: LookupEnds): Lookup
  readonly breaker: Breaker
  /** Lookups that hold a slot. */
  active(): number
  waiting(): number
}

export function createAsking(options: AskingOptions): Asking {
  const breaker = createBreaker(options.breaker)
  const bulkhead = createBulkhead(options.bulkhead)
  return {
    lookup: (ends) => runLookup(options, breaker, bulkhead, ends),
    breaker,
    active: () => bulkhead.active,
    waiting: () => bulkhead.waiting,
  }
}

/** What a lookup asks with, once it may be asked. */
interface Wanted {
  readonly question: Question
  readonly policy: DependencyPolicy
}

function runLookup(
  options: AskingOptions,
  breaker: Breaker,
  bulkhead: Bulkhead,
  ends: LookupEnds,
): Lookup {
  const { clock, logger } = options
  const tries = createTries({ ...options, breaker })
  const timers = createTimers(clock)
  let flow: Flow = NEW_FLOW
  let wanted: Wanted | null = null
  let endsAtHostMs = Infinity
  let trial = false

  const feed = (input: FlowInput): void => {
    const step = stepFlow(flow, input)
    flow = step.flow
    for (const effect of step.effects) run(effect)
    if (flow.at === 'OVER') timers.stop()
  }
  /** At the door: a slot is free, but the breaker has the last word. */
  const enter = (): void => {
    const admitted = breaker.admit(clock.nowMs())
    trial = admitted === 'trial'
    if (admitted === 'yes' || admitted === 'trial') feed({ kind: 'entered' })
    else feed({ kind: 'refused', live: refusal(admitted) })
  }
  const ticket = bulkhead.ticket({ enter, yield: () => feed({ kind: 'late-ended' }) })

  const join = (): void => {
    if (breaker.state(clock.nowMs()) === 'OPEN') enter()
    else if (!bulkhead.join(ticket)) feed({ kind: 'refused', live: FULL })
  }
  const ask = async (): Promise<void> => {
    if (wanted === null) return
    const remainingMs = Math.max(1, endsAtHostMs - clock.nowMs())
    const reached = (phase: Phase): void => feed({ kind: 'reached', phase })
    const live = await tries.begin({ ...wanted, remainingMs, trial, reached })
    if (live === null) return
    const leftMs = endsAtHostMs - clock.nowMs()
    feed({ kind: 'answered', live, retryInMs: retryIn(options, live, flow.attempts, leftMs) })
  }
  const run = createEffects({
    join,
    ask: () => void ask().catch((error: unknown) => logger.error({ err: error }, 'a lookup broke')),
    rest: (forMs) => timers.set('rest', forMs, enter),
    settle: (live) => {
      if (live.kind === 'FAILED' && isTimeout(live.cause)) tries.timedOut(live)
      ends.settled(live, flow.attempts)
    },
    linger: () => {
      timers.set('late', options.lateWaitMs, () => feed({ kind: 'late-ended' }))
      bulkhead.late(ticket)
    },
    late: (live) => ends.late(live, flow.attempts),
    cancel: tries.cancel,
    leave: () => bulkhead.leave(ticket),
  })
  const expireAt = (atHostMs: number, budgetMs: number): void => {
    endsAtHostMs = atHostMs
    timers.set('budget', atHostMs - clock.nowMs(), () => feed({ kind: 'budget-ended', budgetMs }))
  }
  return {
    ask(question, policy, atHostMs, budgetMs) {
      wanted = { question, policy }
      expireAt(atHostMs, budgetMs)
      feed({ kind: 'wanted' })
    },
    skip: (live) => feed({ kind: 'skipped', live }),
    expireAt,
    abandon: () => feed({ kind: 'abandoned' }),
  }
}

function retryIn(
  { random, retry }: AskingOptions,
  live: LiveResult,
  attempts: number,
  leftMs: number,
): number | null {
  return live.kind === 'FAILED' ? retryDelayMs(live, attempts, leftMs, random(), retry) : null
}

/** The timers of one lookup, by what they are for; setting one again replaces it. */
function createTimers(clock: Clock) {
  const running = new Map<'budget' | 'rest' | 'late', Cancel>()
  return {
    set(name: 'budget' | 'rest' | 'late', delayMs: number, run: () => void): void {
      running.get(name)?.()
      running.set(name, clock.after(Math.max(0, delayMs), run))
    },
    stop(): void {
      for (const cancel of running.values()) cancel()
      running.clear()
    },
  }
}

interface Effects {
  join: () => void
  ask: () => void
  rest: (forMs: number) => void
  settle: (live: Live) => void
  linger: () => void
  late: (live: LiveResult) => void
  cancel: () => void
  leave: () => void
}

function createEffects(effects: Effects): (effect: FlowEffect) => void {
  return (effect) => {
    switch (effect.kind) {
      case 'rest':
        effects.rest(effect.forMs)
        return
      case 'settle':
        effects.settle(effect.live)
        return
      case 'late':
        effects.late(effect.live)
        return
      case 'join':
      case 'ask':
      case 'linger':
      case 'cancel':
      case 'leave':
      default:
        effects[effect.kind]()
    }
  }
}

const FULL = failure('OVERLOADED', 'has too many lookups under way')

function refusal(why: 'open' | 'held'): LiveFailure {
  return why === 'held'
    ? failure('OVERLOADED', 'asked to be left alone for a while')
    : failure('CIRCUIT_OPEN', 'is not asked while it keeps failing')
}
