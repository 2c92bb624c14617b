/**
 * The identity of a route request: a call may ask again (requestNo from 1) after digits are entered or
 * when a transfer returns, so callId alone names no decision.
 */

export interface RequestId {
  readonly callId: string
  readonly requestNo: number
}

/** Names of the record headers that repeat an identity, so that it survives an unreadable value. */
export const HEADER = {
  callId: 'call-id',
  requestNo: 'request-no',
  decisionId: 'decision-id',
  decidedAt: 'decided-at',
  lane: 'lane',
  dependency: 'dependency',
  traceparent: 'traceparent',
} as const

/** A map key for a request: its number first, because a callId may hold any character. */
export function requestKey({ callId, requestNo }: RequestId): string {
  return `${requestNo} ${callId}`
}
