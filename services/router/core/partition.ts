/**
 * The router's pure core for one partition (design §4). `step` takes the state, one input and broker
 * time, changes the state in place (its caller owns it alone and hands it on) and gives the effects. No
 * clock, I/O, randomness or logger inside: the same inputs at the same times give the same effects.
 */
import { learnt, passOver, takeArrival } from './arrivals.ts'
import { acknowledged, decideAgain, lookupSettled, marked, tick } from './deciding.ts'
import { handOver } from './handing-over.ts'
import type { Effect, Input, PartitionState } from './state.ts'

const NOTHING: readonly Effect[] = []

export interface Stepped {
  readonly state: PartitionState
  readonly effects: readonly Effect[]
}

/** One input at broker time `now` (milliseconds); see the top of the file. */
export function step(state: PartitionState, input: Input, now: number): Stepped {
  apply(state, input, now)
  if (state.effects.length === 0) return { state, effects: NOTHING }
  const effects = state.effects
  state.effects = []
  return { state, effects }
}

function apply(state: PartitionState, input: Input, now: number): void {
  switch (input.type) {
    case 'arrived':
    case 'unreadable':
    case 'held':
      takeArrival(state, input, now)
      break
    case 'learnt':
      learnt(state, input, now)
      break
    case 'passed-over':
      passOver(state, input.offset, input.appendedAt)
      break
    case 'letter-written':
      state.watermark.finish(input.offset)
      break
    case 'lookup':
      lookupSettled(state, input, now)
      break
    case 'marker':
      marked(state, input)
      break
    case 'position':
      state.gate.position(input.topic, input.nextOffset)
      break
    case 'gate':
      state.gate.until(input.lookupEnd, input.routedEnd)
      break
    case 'stalled':
      state.gate.close()
      break
    case 'handed-over':
      handOver(state)
      break
    case 'acknowledged':
      acknowledged(state, input.request, input.decidedAt, input.appendedAt, now)
      break
    case 'unacknowledged':
      decideAgain(state, input.request, now)
      break
    case 'tick':
      tick(state, input.overdueMax, now)
      break
  }
}
