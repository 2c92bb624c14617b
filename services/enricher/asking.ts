/**
 * Carries out one lookup: feeds its flow with what happens and does what the flow says, through the
 * dependency's bulkhead, breaker and connector. One `Asking` serves all lookups of a dependency.
 */
import type { Logger } from 'pino'
import type { Clock } from '../platform/ports.ts'
import type { DependencyPolicy } from '../policy/policy.ts'
import type { Connector } from './connectors/connector.ts'
import { type Breaker, type BreakerSettings, createBreaker } from './core/breaker.ts'
import { type BulkheadSettings, createBulkhead, type Ticket } from './core/bulkhead.ts'
import { type Flow, type FlowEffect, type FlowInput, NEW_FLOW, stepFlow } from './core/flow.ts'
import { failure, isTimeout, type Live, type LiveFailure, type LiveResult } from './core/live.ts'
import type { LiveSkipped } from './core/live.ts'
import type { Question } from './core/question.ts'
import { retryDelayMs, type RetrySettings } from './core/retry.ts'
import { shapeAnswer } from './core/shape.ts'

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
export interface LookupEnds {
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

interface Try {
  readonly cancel: AbortController
  readonly trial: boolean
  /** The breaker was told of it. */
  told: boolean
  readonly startedAtHostMs: number
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

function runLookup(
  options: AskingOptions,
  breaker: Breaker,
  bulkhead: ReturnType<typeof createBulkhead>,
  ends: LookupEnds,
): Lookup {
  const { clock, connector, logger } = options
  let flow: Flow = NEW_FLOW
  let question: Question = {}
  let policy: DependencyPolicy | null = null
  let endsAtHostMs = Infinity
  let current: Try | null = null
  let trial = false
  const timers = { budget: () => {}, rest: () => {}, late: () => {} }

  const feed = (input: FlowInput): void => {
    const step = stepFlow(flow, input)
    flow = step.flow
    for (const effect of step.effects) run(effect)
    if (flow.at === 'OVER') for (const cancel of Object.values(timers)) cancel()
  }
  const tell = (made: Try, live: LiveResult): void => {
    if (made.told) return
    made.told = true
    report(breaker, live, made, clock.nowMs(), policy?.timeoutMs ?? 0)
  }
  /** At the door: a slot is free, but the breaker has the last word. */
  const enter = (): void => {
    const admitted = breaker.admit(clock.nowMs())
    trial = admitted === 'trial'
    if (admitted === 'yes' || admitted === 'trial') feed({ kind: 'entered' })
    else feed({ kind: 'refused', live: refusal(admitted) })
  }
  const ticket: Ticket = { enter, yield: () => feed({ kind: 'late-ended' }) }

  const join = (): void => {
    const now = clock.nowMs()
    if (breaker.state(now) === 'OPEN') enter()
    else if (!bulkhead.join(ticket)) {
      feed({ kind: 'refused', live: failure('OVERLOADED', 'has too many lookups under way') })
    }
  }
  const ask = async (): Promise<void> => {
    const made: Try = {
      cancel: new AbortController(),
      trial,
      told: false,
      startedAtHostMs: clock.nowMs(),
    }
    current = made
    const live = await tryOnce(options, connector, question, policy, {
      signal: made.cancel.signal,
      remainingMs: Math.max(1, endsAtHostMs - made.startedAtHostMs),
      reached: (phase) => {
        if (current === made) feed({ kind: 'reached', phase })
      },
    })
    if (made.cancel.signal.aborted) return
    tell(made, live)
    const leftMs = endsAtHostMs - clock.nowMs()
    const retryInMs =
      live.kind === 'FAILED'
        ? retryDelayMs(live, flow.attempts, leftMs, options.random(), options.retry)
        : null
    feed({ kind: 'answered', live, retryInMs })
  }
  const run = (effect: FlowEffect): void => {
    switch (effect.kind) {
      case 'join':
        join()
        return
      case 'ask':
        ask().catch((error: unknown) => logger.error({ err: error }, 'a lookup broke'))
        return
      case 'rest':
        timers.rest = clock.after(effect.forMs, enter)
        return
      case 'settle':
        if (current !== null && effect.live.kind === 'FAILED' && isTimeout(effect.live.cause)) {
          tell(current, effect.live)
        }
        ends.settled(effect.live, flow.attempts)
        return
      case 'linger':
        timers.late = clock.after(options.lateWaitMs, () => feed({ kind: 'late-ended' }))
        bulkhead.late(ticket)
        return
      case 'late':
        ends.late(effect.live, flow.attempts)
        return
      case 'cancel':
        if (current !== null && !current.told) breaker.unknown(current.trial)
        current?.cancel.abort()
        return
      case 'leave':
        bulkhead.leave(ticket)
    }
  }
  const expireAt = (atHostMs: number, budgetMs: number): void => {
    endsAtHostMs = atHostMs
    timers.budget()
    timers.budget = clock.after(Math.max(0, atHostMs - clock.nowMs()), () =>
      feed({ kind: 'budget-ended', budgetMs }),
    )
  }
  return {
    ask(asked, by, atHostMs, budgetMs) {
      question = asked
      policy = by
      expireAt(atHostMs, budgetMs)
      feed({ kind: 'wanted' })
    },
    skip: (live) => feed({ kind: 'skipped', live }),
    expireAt,
    abandon: () => feed({ kind: 'abandoned' }),
  }
}

/** One try, held against the policy's types; a connector that throws is a failure like another. */
async function tryOnce(
  { logger }: AskingOptions,
  connector: Connector,
  question: Question,
  policy: DependencyPolicy | null,
  control: Parameters<Connector['ask']>[1],
): Promise<LiveResult> {
  try {
    const raw = await connector.ask(question, control)
    return raw.kind === 'FOUND' ? shapeAnswer(raw, policy?.facts ?? {}) : raw
  } catch (error) {
    if (!control.signal.aborted) logger.error({ err: error }, 'a connector threw')
    return failure('OTHER', 'could not be asked')
  }
}

function refusal(why: 'open' | 'held'): LiveFailure {
  return why === 'held'
    ? failure('OVERLOADED', 'asked to be left alone for a while')
    : failure('CIRCUIT_OPEN', 'is not asked while it keeps failing')
}

/** What a try tells the breaker; trouble of one record only says that the dependency answers. */
function report(
  breaker: Breaker,
  live: LiveResult,
  made: Try,
  nowMs: number,
  timeoutMs: number,
): void {
  if (live.kind !== 'FAILED' || live.blame === 'record') {
    breaker.succeeded()
    return
  }
  if (live.retryAfterMs !== null) breaker.hold(nowMs, live.retryAfterMs)
  // A short budget proves nothing: the dependency had no fair chance to answer.
  const hurried = isTimeout(live.cause) && nowMs - made.startedAtHostMs < timeoutMs / 2
  if (live.cause === 'QUEUED' || live.cause === 'OVERLOADED' || hurried) {
    breaker.unknown(made.trial)
  } else breaker.failed(nowMs, made.trial)
}
