/** The tries of one lookup: one at a time, each reported to the breaker once. */
import type { Logger } from 'pino'
import type { Clock } from '../platform/ports.ts'
import type { DependencyPolicy } from '../policy/policy.ts'
import type { AskControl, Connector } from './connectors/connector.ts'
import type { Breaker } from './core/breaker.ts'
import { failure, isTimeout, type LiveResult } from './core/live.ts'
import type { Phase } from './core/live.ts'
import type { Question } from './core/question.ts'
import { shapeAnswer } from './core/shape.ts'

interface TryAsked {
  readonly question: Question
  readonly policy: DependencyPolicy
  readonly remainingMs: number
  /** Its result decides whether the circuit closes again. */
  readonly trial: boolean
  reached(phase: Phase): void
}

interface Try {
  readonly asked: TryAsked
  readonly abort: AbortController
  told: boolean
}

export interface TriesOptions {
  readonly connector: Connector
  readonly breaker: Breaker
  readonly clock: Clock
  readonly logger: Logger
}

export class Tries {
  readonly #options: TriesOptions
  #current: Try | null = null

  constructor(options: TriesOptions) {
    this.#options = options
  }

  /** Resolves with what came of it; null when it was cancelled meanwhile. */
  async begin(asked: TryAsked): Promise<LiveResult | null> {
    const made: Try = { asked, abort: new AbortController(), told: false }
    this.#current = made
    const { signal } = made.abort
    const live = await askOnce(this.#options, asked, {
      signal,
      remainingMs: asked.remainingMs,
      reached: (phase) => {
        if (this.#current === made) asked.reached(phase)
      },
    })
    if (signal.aborted) return null
    this.#tell(made, live)
    return live
  }

  /** The budget ended while a try is under way. */
  timedOut(live: LiveResult): void {
    if (this.#current !== null) this.#tell(this.#current, live)
  }

  cancel(): void {
    const current = this.#current
    if (current === null) return
    if (!current.told) this.#options.breaker.unknown(current.asked.trial)
    current.told = true
    current.abort.abort()
  }

  #tell(made: Try, live: LiveResult): void {
    if (made.told) return
    made.told = true
    report(this.#options.breaker, live, made.asked, this.#options.clock.nowMs())
  }
}

/** One try, held against the policy's types; a connector that throws is a failure like another. */
async function askOnce(
  { connector, logger }: TriesOptions,
  { question, policy }: TryAsked,
  control: AskControl,
): Promise<LiveResult> {
  try {
    const raw = await connector.ask(question, control)
    return raw.kind === 'FOUND' ? shapeAnswer(raw, policy.facts) : raw
  } catch (error) {
    if (!control.signal.aborted) logger.error({ err: error }, 'a connector threw')
    return failure('OTHER', 'could not be asked')
  }
}

/** A dependency that had less of its timeout than this is not blamed for it. */
const FAIR_SHARE = 0.9

/** What a try tells the breaker; trouble of one record only says that the dependency answers. */
function report(breaker: Breaker, live: LiveResult, made: TryAsked, nowMs: number): void {
  if (live.kind !== 'FAILED' || live.blame === 'record') {
    breaker.succeeded()
    return
  }
  if (live.retryAfterMs !== null) breaker.hold(nowMs, live.retryAfterMs)
  // A short budget proves nothing: the dependency had no fair chance to answer. After brokers were away
  // all budgets are short for a moment, and a healthy dependency would be shut off by that.
  const fairMs = FAIR_SHARE * made.policy.timeoutMs
  const hurried = isTimeout(live.cause) && made.remainingMs < fairMs
  if (live.cause === 'QUEUED' || live.cause === 'OVERLOADED' || hurried) {
    breaker.unknown(made.trial)
  } else breaker.failed(nowMs, made.trial)
}
