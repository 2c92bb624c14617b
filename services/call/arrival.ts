/** What a person says of a call, as the record a switch would publish. Pure. */
import type { CallArrived } from '../../schemas/records.ts'
import { CrosspointError } from '../errors.ts'

export interface CallGiven {
  readonly dnis: string
  readonly ani?: string
  readonly ced?: string
  readonly language?: string
  readonly choice?: string
  readonly intent?: string
}

const E164 = /^\+[1-9]\d{6,14}$/u

/** Throws XP_USAGE for a caller's number that is none, without repeating it. */
export function arrivalOf(given: CallGiven, callId: string): CallArrived {
  const { dnis, ani = null, ced = null, language = null, choice = null, intent = null } = given
  if (ani !== null && !E164.test(ani)) {
    throw new CrosspointError('XP_USAGE', '--ani is no E.164 number', {
      remedy: 'Give a plus sign, the country code and the number, without spaces.',
    })
  }
  return {
    callId,
    requestNo: 1,
    channel: 'VOICE',
    ani,
    aniPresentation: ani === null ? 'UNAVAILABLE' : 'ALLOWED',
    aniVerification: 'NOT_CHECKED',
    dnis,
    language,
    ced,
    ivrChoice: choice,
    ivrIntent: intent,
    virtualAgent: null,
    callerAuth: 'NONE',
    transferOf: null,
    attributes: {},
    switchTime: null,
    decideWithinMs: null,
  }
}
