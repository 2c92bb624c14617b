/** The port between an enricher and a system of record. */
import type { Phase, RawResult } from '../core/live.ts'
import type { InputName, Question } from '../core/question.ts'

export interface AskControl {
  /** Ends the question: sockets and statements are given up. */
  readonly signal: AbortSignal
  /** What is left of the budget, milliseconds; the enricher keeps the time, this is for the far side. */
  readonly remainingMs: number
  /** Tells how far the question got, so that a timeout can say what it waited for. */
  reached(phase: Phase): void
}

export interface Connector {
  /** Operation and kind of identifier, never its value: `customer by phone number`. */
  readonly asked: string
  /** What of the call it asks with. */
  readonly inputs: readonly InputName[]
  /**
   * One try. Resolves for every trouble of the far side; may hang until it is aborted, because the
   * enricher's own timer ends the budget. After an abort its result is not looked at.
   */
  ask(question: Question, control: AskControl): Promise<RawResult>
  close(): Promise<void>
}
