/** What of a call a dependency is asked with, and why it can't be asked at all. */
import type { CallArrived, FactValue } from '../../../schemas/records.ts'
import type { LiveSkipped } from './live.ts'

const ARRIVAL_INPUTS = [
  'ani',
  'dnis',
  'ced',
  'language',
  'channel',
  'callId',
  'ivrChoice',
  'ivrIntent',
] as const

type ArrivalInput = (typeof ARRIVAL_INPUTS)[number]

/** A field of the arrival, an attribute of it, or the fact of the dependency that is needed. */
export type InputName = ArrivalInput | 'need' | `attributes.${string}`

/** Values by input name. */
export type Question = { readonly [name: string]: string }

export type Asking =
  | { readonly ok: true; readonly question: Question }
  | { readonly ok: false; readonly skip: LiveSkipped }

export function isInputName(name: string): name is InputName {
  return (
    name === 'need' ||
    (name.startsWith('attributes.') && name.length > 'attributes.'.length) ||
    (ARRIVAL_INPUTS as readonly string[]).includes(name)
  )
}

/** Longer values are no identifiers; they would only carry a fault into the dependency. */
const VALUE_LENGTH_MAX = 256

/**
 * The question of one call. A withheld number, or one that is not to be had, is not used to look anybody up,
 * also where the switch sent it along.
 */
export function questionOf(
  arrival: CallArrived,
  need: FactValue,
  inputs: readonly InputName[],
): Asking {
  const question: Record<string, string> = {}
  for (const name of inputs) {
    if (name === 'ani' && withheld(arrival)) return skip('CALLER_WITHHELD', whyNoNumber(arrival))
    const value = name === 'need' ? need : fieldOf(arrival, name)
    const text = typeof value === 'number' ? String(value) : value
    if (typeof text !== 'string' || text === '') {
      return skip('NEEDS_UNMET', name === 'need' ? UNMET : `the call has no ${name}`)
    }
    if (text.length > VALUE_LENGTH_MAX)
      return skip('NEEDS_UNMET', `${name} is too long to ask with`)
    question[name] = text
  }
  return { ok: true, question }
}

const UNMET = 'what it needs is not known'

/** True when the number must not be used. */
function withheld({ ani, aniPresentation }: CallArrived): boolean {
  return ani === null || ani === '' || aniPresentation !== 'ALLOWED'
}

/** One cause for rules and counts, but people are told whose doing it is: the caller's, or the line's. */
function whyNoNumber({ aniPresentation }: CallArrived): string {
  return aniPresentation === 'RESTRICTED' ? 'the caller withholds the number' : 'no number was sent'
}

function skip(cause: LiveSkipped['cause'], detail: string): Asking {
  return { ok: false, skip: { kind: 'SKIPPED', cause, detail } }
}

function fieldOf(arrival: CallArrived, name: Exclude<InputName, 'need'>): FactValue {
  if (!isAttribute(name)) return arrival[name]
  const attribute = name.slice('attributes.'.length)
  return Object.hasOwn(arrival.attributes, attribute)
    ? (arrival.attributes[attribute] ?? null)
    : null
}

function isAttribute(name: string): name is `attributes.${string}` {
  return name.startsWith('attributes.')
}
