/**
 * Carries out one lookup: feeds its flow with what happens and does what the flow says, through the
 * dependency's bulkhead, breaker and connector. One `Asking` serves all lookups of a dependency.
 */
import type { Logger } from 'pino'
import type { Cancel, Clock } from '../platform/ports.ts'
import type { DependencyPolicy } from '../policy/policy.ts'
import type { Connector } from './connectors/connector.ts'
import { type Breaker, type BreakerSettings, createBreaker } from './core/breaker.ts'
import {
  type Bulkhead,
  type BulkheadSettings,
  createBulkhead,
  type Ticket,
  type TicketCalls,
} from './core/bulkhead.ts'
import { type Flow, type FlowEffect, type FlowInput, NEW_FLOW, stepFlow } from './core/flow.ts'
import { failure, isTimeout, type Live, type LiveFailure, type LiveResult } from './core/live.ts'
import type { LiveSkipped, Phase } from './core/live.ts'
import type { Question } from './core/question.ts'
import { retryDelayMs, type RetrySettings } from './core/retry.ts'
import { Tries } from './tries.ts'

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
  const shared: Shared = { ...options, breaker, bulkhead }
  return {
    lookup: (ends) => new RunningLookup(shared, ends),
    breaker,
    active: () => bulkhead.active,
    waiting: () => bulkhead.waiting,
  }
}

/** What all lookups of a dependency go through. */
interface Shared extends Omit<AskingOptions, 'breaker' | 'bulkhead'> {
  readonly breaker: Breaker
  readonly bulkhead: Bulkhead
}

/** What a lookup asks with, once it may be asked. */
interface Wanted {
  readonly question: Question
  readonly policy: DependencyPolicy
}

/** A class, for one is made of every call: functions of its own would be most of what a lookup leaves behind. */
class RunningLookup implements Lookup, TicketCalls {
  readonly #shared: Shared
  readonly #ends: LookupEnds
  readonly #tries: Tries
  readonly #timers: Timers
  readonly #ticket: Ticket
  #flow: Flow = NEW_FLOW
  #wanted: Wanted | null = null
  #endsAtHostMs = Infinity
  #trial = false

  constructor(shared: Shared, ends: LookupEnds) {
    this.#shared = shared
    this.#ends = ends
    this.#tries = new Tries(shared)
    this.#timers = new Timers(shared.clock)
    this.#ticket = shared.bulkhead.ticket(this)
  }

  ask(question: Question, policy: DependencyPolicy, atHostMs: number, budgetMs: number): void {
    this.#wanted = { question, policy }
    this.expireAt(atHostMs, budgetMs)
    this.#feed({ kind: 'wanted' })
  }

  skip(live: LiveSkipped): void {
    this.#feed({ kind: 'skipped', live })
  }

  expireAt(atHostMs: number, budgetMs: number): void {
    this.#endsAtHostMs = atHostMs
    const end = (): void => this.#feed({ kind: 'budget-ended', budgetMs })
    this.#timers.set('budget', atHostMs - this.#shared.clock.nowMs(), end)
  }

  abandon(): void {
    this.#feed({ kind: 'abandoned' })
  }

  /** At the door: a slot is free, but the breaker has the last word. */
  enter(): void {
    const { breaker, clock } = this.#shared
    const admitted = breaker.admit(clock.nowMs())
    this.#trial = admitted === 'trial'
    if (admitted === 'yes' || admitted === 'trial') this.#feed({ kind: 'entered' })
    else this.#feed({ kind: 'refused', live: refusal(admitted) })
  }

  yield(): void {
    this.#feed({ kind: 'late-ended' })
  }

  #feed(input: FlowInput): void {
    const step = stepFlow(this.#flow, input)
    this.#flow = step.flow
    for (const effect of step.effects) this.#run(effect)
    if (this.#flow.at === 'OVER') this.#timers.stop()
  }

  #run(effect: FlowEffect): void {
    switch (effect.kind) {
      case 'join':
        this.#join()
        return
      case 'ask':
        void this.#ask().catch((error: unknown) =>
          this.#shared.logger.error({ err: error }, 'a lookup broke'),
        )
        return
      case 'rest':
        this.#timers.set('rest', effect.forMs, () => this.enter())
        return
      case 'settle':
        this.#settle(effect.live)
        return
      case 'linger':
        this.#timers.set('late', this.#shared.lateWaitMs, () => this.yield())
        this.#shared.bulkhead.late(this.#ticket)
        return
      case 'late':
        this.#ends.late(effect.live, this.#flow.attempts)
        return
      case 'cancel':
        this.#tries.cancel()
        return
      case 'leave':
      default:
        this.#shared.bulkhead.leave(this.#ticket)
    }
  }

  #join(): void {
    const { breaker, bulkhead, clock } = this.#shared
    if (breaker.state(clock.nowMs()) === 'OPEN') this.enter()
    else if (!bulkhead.join(this.#ticket)) this.#feed({ kind: 'refused', live: FULL })
  }

  async #ask(): Promise<void> {
    if (this.#wanted === null) return
    const { clock } = this.#shared
    const { question, policy } = this.#wanted
    const remainingMs = Math.max(1, this.#endsAtHostMs - clock.nowMs())
    const reached = (phase: Phase): void => this.#feed({ kind: 'reached', phase })
    const trial = this.#trial
    const live = await this.#tries.begin({ question, policy, remainingMs, trial, reached })
    if (live === null) return
    const leftMs = this.#endsAtHostMs - clock.nowMs()
    const retryInMs = retryIn(this.#shared, live, this.#flow.attempts, leftMs)
    this.#feed({ kind: 'answered', live, retryInMs })
  }

  #settle(live: Live): void {
    if (live.kind === 'FAILED' && isTimeout(live.cause)) this.#tries.timedOut(live)
    this.#ends.settled(live, this.#flow.attempts)
  }
}

function retryIn(
  { random, retry }: Shared,
  live: LiveResult,
  attempts: number,
  leftMs: number,
): number | null {
  return live.kind === 'FAILED' ? retryDelayMs(live, attempts, leftMs, random(), retry) : null
}

/** The timers of one lookup, by what they are for; setting one again replaces it. */
class Timers {
  readonly #clock: Clock
  readonly #running: { budget?: Cancel; rest?: Cancel; late?: Cancel } = {}

  constructor(clock: Clock) {
    this.#clock = clock
  }

  set(name: 'budget' | 'rest' | 'late', delayMs: number, run: () => void): void {
    this.#running[name]?.()
    this.#running[name] = this.#clock.after(Math.max(0, delayMs), run)
  }

  stop(): void {
    const { budget, rest, late } = this.#running
    budget?.()
    rest?.()
    late?.()
  }
}

const FULL = failure('OVERLOADED', 'has too many lookups under way')

function refusal(why: 'open' | 'held'): LiveFailure {
  return why === 'held'
    ? failure('OVERLOADED', 'asked to be left alone for a while')
    : failure('CIRCUIT_OPEN', 'is not asked while it keeps failing')
}
