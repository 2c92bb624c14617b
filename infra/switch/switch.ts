/**
 * A simulated telephone switch: publishes the calls of a mix at a steady rate, whatever becomes of
 * them (open loop), and runs its own default-route timer for each, as a real switch would.
 */
import { HEADER, type RequestId } from '../../services/domain/request.ts'
import { partitionOf } from '../../services/domain/murmur2.ts'
import type { Clock, Codec, LogProducer } from '../../services/platform/ports.ts'
import { askAgain, type CallMix, type PlannedCall } from './calls.ts'
import { createPace } from './pace.ts'
import { createPatience } from './patience.ts'

/** One record that the brokers acknowledged. */
export interface Published extends RequestId {
  readonly partition: number
  readonly offset: number
  readonly appendedAt: number
  /** The value can be decoded. */
  readonly readable: boolean
  /** A record of this request was sent before. */
  readonly repeat: boolean
  readonly identifiers: PlannedCall['identifiers']
}

/** What the switch knows at the end; every number counts route requests but for `published`. */
export interface SwitchLog {
  /** The acknowledgement log, in the order of the acknowledgements. */
  readonly published: readonly Published[]
  /** Records the brokers did not acknowledge: they may have been stored or not. */
  readonly unacknowledged: readonly RequestId[]
  /** Requests that heard nothing in time and took the switch's own default route. */
  readonly defaulted: readonly RequestId[]
  readonly heard: () => number
}

export interface Switch {
  readonly log: SwitchLog
  /** The ACD got a decision for this request. */
  hear(request: RequestId): void
  /** Resolves when all calls were sent and each was heard of or took its default route. */
  readonly done: Promise<void>
  /** Calls a second from now on; 0 sends none until it is raised again. */
  rate(perS: number): void
  /** Sends so many records once more, of calls that were sent last, each as often as the others. */
  repeat(copies: number): Promise<void>
  /** Sends no further calls; `done` follows when those under way are settled. */
  stop(): void
}

export interface SwitchOptions {
  readonly mix: CallMix
  readonly calls: number
  readonly ratePerS: number
  readonly partitions: number
  /** A call without a limit of its own waits this long before the switch routes it itself. */
  readonly patienceMs: number
  readonly producer: LogProducer
  readonly codec: Codec
  readonly clock: Clock
  /** Unix time, milliseconds: what the switch writes as its own time of arrival. */
  readonly unixMs: () => number
  /** Called for each request that took the switch's own default route. */
  readonly onDefault?: () => void
  /** Called for each record that the brokers acknowledged. */
  readonly onPublished?: (published: Published) => void
}

/** How often due calls are looked for; calls due in between go out together. */
const TICK_MS = 5
/** So many calls are remembered for `repeat`. */
const LAST_MAX = 100
/** A call with a limit of its own waits that much longer for the record to reach the switch. */
const GRACE_MS = 500
/** What no schema fits: the framing byte is wrong. */
const UNREADABLE = new Uint8Array([0xff, 0x00, 0x00, 0x00, 0x00, 0x07, 0xde, 0xad])

const bytesOf = new TextEncoder()

/** Appends one record of a call. Rejects when the brokers did not acknowledge it. */
async function publish(
  { producer, codec, partitions, unixMs }: SwitchOptions,
  planned: PlannedCall,
  repeat: boolean,
): Promise<Published> {
  const { callId, requestNo } = planned.arrival
  const partition = partitionOf(bytesOf.encode(callId), partitions)
  const arrival = { ...planned.arrival, switchTime: unixMs() }
  const { offset, appendedAt } = await producer.append({
    topic: 'call.arrived',
    partition,
    key: callId,
    value: planned.unreadable ? UNREADABLE : codec.encode('call.arrived', arrival),
    headers: { [HEADER.requestNo]: String(requestNo) },
  })
  const { identifiers, unreadable } = planned
  return {
    callId,
    requestNo,
    partition,
    offset,
    appendedAt,
    readable: !unreadable,
    repeat,
    identifiers,
  }
}

/** What is under way: records to be acknowledged, and what is to be sent later. `settled` after each. */
function createTraffic(options: SwitchOptions, settled: () => void) {
  const published: Published[] = []
  const unacknowledged: RequestId[] = []
  let pending = 0
  let stopped = false
  const done = (): void => {
    pending -= 1
    settled()
  }
  return {
    published,
    unacknowledged,
    pending: (): number => pending,
    later(delayMs: number, run: () => void): void {
      pending += 1
      options.clock.after(delayMs, () => {
        if (!stopped) run()
        done()
      })
    },
    async send(planned: PlannedCall, repeat: boolean): Promise<void> {
      pending += 1
      try {
        const one = await publish(options, planned, repeat)
        published.push(one)
        options.onPublished?.(one)
      } catch {
        const { callId, requestNo } = planned.arrival
        unacknowledged.push({ callId, requestNo })
      }
      done()
    },
    /** Nothing is sent later any more. */
    stop(): void {
      stopped = true
    },
  }
}

/** Starts at once; see `SwitchOptions`. */
export function startSwitch(options: SwitchOptions): Switch {
  const { mix, calls, patienceMs, clock } = options
  const pace = createPace(clock, options.ratePerS)
  const last: PlannedCall[] = []
  const { promise: done, resolve: finish } = Promise.withResolvers<void>()
  let sent = 0
  let stopped = false

  const settle = (): void => {
    const idle = patience.waiting === 0 && traffic.pending() === 0
    if (idle && (stopped || sent >= calls)) finish()
  }
  const traffic = createTraffic(options, settle)
  const { published, unacknowledged } = traffic
  const patience = createPatience<PlannedCall>(clock, () => {
    options.onDefault?.()
    settle()
  })
  const begin = (planned: PlannedCall): void => {
    const { decideWithinMs } = planned.arrival
    const limitMs = decideWithinMs === null ? patienceMs : decideWithinMs + GRACE_MS
    patience.begin(planned.arrival, limitMs, planned)
    void traffic.send(planned, false)
    last.push(planned)
    if (last.length > LAST_MAX) last.shift()
    if (planned.repeatedAfterMs !== null) {
      traffic.later(planned.repeatedAfterMs, () => void traffic.send(planned, true))
    }
  }
  const tick = (): void => {
    if (stopped) return
    const due = Math.min(calls, pace.due() + 1)
    for (; sent < due; sent += 1) begin(mix.next())
    if (sent < calls) clock.after(TICK_MS, tick)
    settle()
  }
  tick()

  return {
    log: { published, unacknowledged, defaulted: patience.defaulted, heard: () => patience.heard },
    hear(request) {
      const planned = patience.hear(request)
      if (planned === null) return
      const { asksAgain } = planned
      if (asksAgain !== null) traffic.later(asksAgain.afterMs, () => begin(askAgain(planned)))
      settle()
    },
    done,
    rate: (perS) => pace.change(perS),
    async repeat(copies) {
      const again = Array.from({ length: copies }, (_, index) =>
        last.at(-1 - (index % last.length)),
      )
      const sending = again.flatMap((one) => (one ? [traffic.send(one, true)] : []))
      await Promise.all(sending)
    },
    stop() {
      stopped = true
      traffic.stop()
      settle()
    },
  }
}
