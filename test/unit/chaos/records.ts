/** Arrivals and decisions as they stand in their topics, for tests of what is measured. */
import type { CallArrived, CallRouted } from '../../../schemas/records.ts'
import type { Stored } from '../../../services/audit/verify/evidence.ts'
import { arrival, routed } from '../audit/world.ts'

interface Place {
  readonly callId: string
  readonly partition: number
  readonly offset: number
}

export const anArrival = (given: Place & { readonly appendedAt: number }): Stored<CallArrived> => {
  const { callId, ...place } = given
  return { ...place, key: callId, requestNo: 1, value: { ...arrival, callId } }
}

export function aDecision(
  given: Place & {
    readonly arrivalOffset: number
    readonly arrivedAt: number
    readonly decidedAt: number
    readonly by: string
  },
): Stored<CallRouted> {
  const { callId, partition, offset, arrivalOffset, arrivedAt, decidedAt, by } = given
  return {
    partition,
    offset,
    appendedAt: decidedAt,
    key: callId,
    requestNo: 1,
    value: {
      ...routed,
      callId,
      decisionId: `d-${callId}-${by}`,
      arrivalAt: { topic: 'call.arrived', partition, offset: arrivalOffset },
      arrivedAt,
      decidedAt,
      routerId: by,
    },
  }
}
