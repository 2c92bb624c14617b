/**
 * When a dead letter may not go back. A record that goes back is a new one to whoever reads the topic,
 * so an arrival that was decided already must still be known by its marker (design §3: horizon). Pure.
 */
import { HORIZON_MS } from '../domain/horizon.ts'
import { requestKey, type RequestId } from '../domain/request.ts'
import { TOPICS } from '../topology.ts'
import type { Letter } from './letter.ts'

/** What is known of an arrival's decision. */
export type Decided =
  | { readonly state: 'decided'; readonly as: RequestId }
  | { readonly state: 'undecided' }

/** Time for the record to be appended and read before the marker is forgotten. */
const MARGIN_MS = 5000

/**
 * Why this letter may not go back, for people; null when it may. `nowMs` is broker time. `identity` is
 * what the router would call the arrival when it reads it again, null when it would call it anew.
 */
export function refusal(
  letter: Pick<Letter, 'topic' | 'storedAt'> & Partial<Pick<Letter, 'cutFromBytes'>>,
  nowMs: number,
  decided: Decided,
  identity: RequestId | null,
): string | null {
  const cutFromBytes = letter.cutFromBytes ?? null
  if (cutFromBytes !== null) {
    return `it was cut from ${cutFromBytes} bytes, more than a letter may have: the whole is where it stood`
  }
  const ageMs = nowMs - letter.storedAt
  const age = `${Math.round(ageMs / 1000)} s old`
  if (letter.topic === 'call.routed') {
    if (ageMs <= HORIZON_MS / 2 - MARGIN_MS) return null
    return `it is ${age}: every reader takes a decision for void that is older than ${HORIZON_MS / 2000} s`
  }
  if (letter.topic !== 'call.arrived') return null
  if (decided.state === 'undecided') {
    const keptMs = TOPICS['call.routed'].retentionMs ?? Infinity
    if (ageMs < keptMs) return null
    return `it is ${age}: whether it was decided is no longer stored`
  }
  if (identity === null || requestKey(identity) !== requestKey(decided.as)) {
    return 'it was decided under another identity, and would be decided a second time'
  }
  if (ageMs <= HORIZON_MS - MARGIN_MS) return null
  return `it is ${age} and was decided: after ${HORIZON_MS / 1000} s it would be decided a second time`
}
