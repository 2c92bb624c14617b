/**
 * The calls of a seed, as a telephone switch would tell them: repeat callers, withheld and unknown
 * numbers, intents, languages, transfers, hand-overs of a virtual agent, calls that ask again, records
 * sent twice and records that nobody can read. Pure: the same seed gives the same calls.
 */
import type {
  AniPresentation,
  AniVerification,
  CallArrived,
  CallerAuth,
  VirtualAgentHandover,
} from '../../schemas/records.ts'
import { createRandom, type Random } from '../random.ts'
import type { DependencyName } from '../stubs/faults.ts'
import { DIALLED } from '../stubs/lines.ts'
import type { People } from '../stubs/people.ts'

export interface PlannedCall {
  readonly arrival: CallArrived
  /** The same record is sent again that much later, milliseconds; null: it is not. */
  readonly repeatedAfterMs: number | null
  /** The call asks again that long after its first decision, with these digits; null: it does not. */
  readonly asksAgain: { readonly afterMs: number; readonly ced: string } | null
  /** The record's value is bytes that no schema fits; the key and headers stay readable. */
  readonly unreadable: boolean
  /** What each system of record will be asked for; null: it can't be asked. */
  readonly identifiers: Readonly<Record<DependencyName, string | null>>
}

export interface CallMix {
  next(): PlannedCall
}

/** Shares of all calls. */
export interface Shares {
  readonly unknownCaller: number
  readonly repeatCaller: number
  readonly withheld: number
  readonly virtualAgent: number
  readonly transfer: number
  readonly asksAgain: number
  readonly repeatedRecord: number
  readonly ownLimit: number
  readonly unreadable: number
}

const USUAL_SHARES: Shares = {
  unknownCaller: 0.07,
  repeatCaller: 0.1,
  withheld: 0.06,
  virtualAgent: 0.06,
  transfer: 0.03,
  asksAgain: 0.03,
  repeatedRecord: 0.02,
  ownLimit: 0.04,
  unreadable: 0.002,
}

const RECENT_MAX = 200

const INTENTS = ['billing', 'technical', 'contract', 'order', 'delivery'] as const
const CHOICE_OF: Readonly<Record<(typeof INTENTS)[number], string>> = {
  technical: '1',
  billing: '2',
  contract: '3',
  order: '4',
  delivery: '5',
}
/** What a virtual agent hands over, by intent. */
export const SUMMARIES: Readonly<Record<(typeof INTENTS)[number], string>> = {
  billing: 'Asks why the last invoice is higher than usual; wants a person to explain it.',
  technical: 'Connection drops every evening; restarting the device did not help.',
  contract: 'Wants to move to a larger plan before the end of the month.',
  order: 'Ordered a second device and asks whether it can be added to the same contract.',
  delivery: 'The parcel was marked delivered but did not arrive.',
}

interface Caller {
  readonly ani: string | null
  readonly aniPresentation: AniPresentation
}

interface Recent extends Caller {
  readonly callId: string
}

const VERIFICATIONS: readonly (readonly [number, AniVerification])[] = [
  [70, 'NOT_CHECKED'],
  [18, 'PASSED_A'],
  [6, 'PASSED_B'],
  [4, 'PASSED_C'],
  [2, 'FAILED'],
]
const AUTHS: readonly (readonly [number, CallerAuth])[] = [
  [60, 'NONE'],
  [30, 'IDENTIFIED'],
  [10, 'VERIFIED'],
]
const LANGUAGES: readonly (readonly [number, string | null])[] = [
  [80, null],
  [10, 'de'],
  [6, 'en'],
  [4, 'tr'],
]

function drawCaller(random: Random, people: People, shares: Shares): Caller {
  if (random.chance(shares.withheld)) {
    const ani = random.chance(0.5) ? random.pick(people.knownPhones) : null
    return { ani, aniPresentation: ani === null ? 'UNAVAILABLE' : 'RESTRICTED' }
  }
  const phones = random.chance(shares.unknownCaller) ? people.unknownPhones : people.knownPhones
  return { ani: random.pick(phones), aniPresentation: 'ALLOWED' }
}

function drawVirtualAgent(random: Random, shares: Shares): VirtualAgentHandover | null {
  if (!random.chance(shares.virtualAgent)) return null
  const intent = random.pick(INTENTS)
  return { summary: SUMMARIES[intent], intent, confidence: random.between(40, 99) / 100 }
}

function identifiersOf(people: People, arrival: CallArrived): PlannedCall['identifiers'] {
  const phone = arrival.aniPresentation === 'ALLOWED' ? arrival.ani : null
  const customers = phone === null ? [] : (people.customersByPhone.get(phone) ?? [])
  const [only] = customers
  return {
    crm: phone,
    billing: customers.length === 1 && only !== undefined ? only.id : null,
    scheduling: arrival.dnis,
    priority: phone,
  }
}

/**
 * Calls without end. `run` goes into every callId, so that two runs on one cluster stay apart (a
 * callId is never reused).
 */
export function createCallMix(options: {
  seed: number
  run: string
  people: People
  shares?: Partial<Shares>
}): CallMix {
  const { run, people } = options
  const shares = { ...USUAL_SHARES, ...options.shares }
  const random = createRandom(options.seed).fork('calls')
  const recent: Recent[] = []
  let count = 0

  const draw = (): CallArrived => {
    count += 1
    const callId = `${run}-${String(count).padStart(6, '0')}`
    const earlier = recent.length > 0 && random.chance(shares.transfer) ? random.pick(recent) : null
    const again = recent.length > 0 && random.chance(shares.repeatCaller)
    const caller = earlier ?? (again ? random.pick(recent) : drawCaller(random, people, shares))
    const intent = random.chance(0.6) ? random.pick(INTENTS) : null
    const line = random.weighted(DIALLED.map((one) => [one.weight, one] as const))
    recent.push({ callId, ani: caller.ani, aniPresentation: caller.aniPresentation })
    if (recent.length > RECENT_MAX) recent.shift()
    return {
      callId,
      requestNo: 1,
      channel: 'VOICE',
      ani: caller.ani,
      aniPresentation: caller.aniPresentation,
      aniVerification: random.weighted(VERIFICATIONS),
      dnis: line.dnis,
      language: random.weighted(LANGUAGES),
      ced: random.chance(0.1) ? String(random.between(1000, 9999)) : null,
      ivrChoice: intent === null || random.chance(0.3) ? null : CHOICE_OF[intent],
      ivrIntent: intent,
      virtualAgent: drawVirtualAgent(random, shares),
      callerAuth: random.weighted(AUTHS),
      transferOf: earlier?.callId ?? null,
      attributes: random.chance(0.2) ? { region: random.pick(['north', 'south', 'west']) } : {},
      switchTime: null,
      decideWithinMs: random.chance(shares.ownLimit) ? random.between(1200, 2000) : null,
    }
  }

  return {
    next() {
      const arrival = draw()
      const unreadable = random.chance(shares.unreadable)
      return {
        arrival,
        repeatedAfterMs: random.chance(shares.repeatedRecord) ? random.between(1, 3000) : null,
        asksAgain:
          !unreadable && random.chance(shares.asksAgain)
            ? { afterMs: random.between(500, 3000), ced: String(random.between(1000, 9999)) }
            : null,
        unreadable,
        identifiers: identifiersOf(people, arrival),
      }
    },
  }
}

/** The same call asking again after digits were entered. */
export function askAgain({ arrival, asksAgain, ...more }: PlannedCall): PlannedCall {
  return {
    ...more,
    arrival: {
      ...arrival,
      requestNo: arrival.requestNo + 1,
      ced: asksAgain?.ced ?? arrival.ced,
      callerAuth: 'IDENTIFIED',
    },
    repeatedAfterMs: null,
    asksAgain: null,
  }
}
