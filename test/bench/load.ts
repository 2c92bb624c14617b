/**
 * Calls at a steady rate whatever becomes of them (open loop), each stamped with the moment it was
 * meant to be sent, and an ACD that notes when each decision was stored and when it was seen. Decisions
 * are told apart by key alone, so that every contender is measured by the same, cheap hand.
 */
import { createPeople } from '../../infra/stubs/people.ts'
import { createRandom } from '../../infra/random.ts'
import { createCallMix } from '../../infra/switch/calls.ts'
import { partitionOf } from '../../services/domain/murmur2.ts'
import { HEADER } from '../../services/domain/request.ts'
import type { Clock, Codec, LogClient, LogProducer } from '../../services/platform/ports.ts'
import { slicesOf, type Slice } from './measure/backlog.ts'
import { percentilesOf, type Percentiles } from './measure/percentiles.ts'

export interface Given {
  readonly client: LogClient
  readonly codec: Codec
  readonly clock: Clock
  readonly partitions: number
  readonly windowMs: number
  readonly seed: number
}

export interface LoadResult {
  readonly ratePerS: number
  readonly durationMs: number
  readonly sent: number
  readonly unacknowledged: number
  /** Calls without a decision when the time to wait for them was over. */
  readonly undecided: number
  /** Decisions beyond the first of a call. */
  readonly doubled: number
  /** Decisions stored after their call was due. */
  readonly late: number
  /** From the append of the arrival to that of the decision, ms of broker time. */
  readonly stored: Percentiles
  /** From the moment the call was meant to be sent until the ACD had its decision, ms. */
  readonly seen: Percentiles
  /** From the moment a call was meant to be sent until its arrival was known to be stored, ms. */
  readonly sending: Percentiles
  /** From the moment the last call was sent until every call was decided, ms. */
  readonly catchUpMs: number
  readonly slices: Slice[]
}

export interface Phase {
  readonly ratePerS: number
  readonly durationMs: number
  /** Into so many slices of time it is cut. */
  readonly slices: number
  /** Called half-way, and when the last call was sent, before any waiting. */
  readonly look?: (when: 'middle' | 'end') => void
}

/** A phase that ends early once its caller is closed: who is called may have died. */
type Sending = Phase & { readonly signal: AbortSignal }

export interface Caller {
  /** Sends at a rate for so long, then waits for the decisions still to come. */
  run(phase: Phase): Promise<LoadResult>
  close(): Promise<void>
}

interface Open {
  readonly intendedMs: number
  readonly decideWithinMs: number
  /** When the acknowledgement came, host time. */
  storedMs: number
  arrivedAt: number | null
  decidedAt: number | null
  seenMs: number
}

/** Plain calls: one record, one request each, all of them readable. */
const PLAIN = { asksAgain: 0, repeatedRecord: 0, unreadable: 0 } as const
const TICK_MS = 2
const LOOK_EVERY_MS = 50
const WAIT_MS_MAX = 15_000

export async function openCaller(given: Given): Promise<Caller> {
  const { client, clock } = given
  const calls = new Map<string, Open>()
  const ending = new AbortController()
  let doubled = 0
  let decided = 0
  const reading = client.reader.read(
    { topics: ['call.routed'], from: 'end', until: 'never', signal: ending.signal },
    ({ records }) => {
      const now = clock.nowMs()
      for (const { key, appendedAt } of records) {
        const call = calls.get(String(key))
        if (call === undefined) continue
        if (call.decidedAt !== null) doubled += 1
        else {
          decided += 1
          call.decidedAt = appendedAt
          call.seenMs = now
        }
      }
    },
  )
  reading.catch(() => undefined)
  const producer = await client.producer('switch')
  let runs = 0

  return {
    async run(phase) {
      const { ratePerS, durationMs } = phase
      calls.clear()
      doubled = 0
      decided = 0
      runs += 1
      const sending = { ...phase, signal: ending.signal }
      const endedMs = await send(given, producer, calls, `${given.seed}-${runs}`, sending)
      const untilMs = clock.nowMs() + WAIT_MS_MAX
      const isWaiting = (): boolean => decided < calls.size && clock.nowMs() < untilMs
      while (isWaiting() && !ending.signal.aborted) await pause(clock, LOOK_EVERY_MS)
      const catchUpMs = Math.round(clock.nowMs() - endedMs)
      const slices = slicesOf(momentsOf(calls), phase.slices)
      return { ratePerS, durationMs, ...judged(calls, given.windowMs), doubled, catchUpMs, slices }
    },
    async close() {
      ending.abort()
      await producer.close(1000)
      await reading.catch(() => undefined)
    },
  }
}

/** Resolves when the last arrival was acknowledged, with the moment it was sent. Gaps between calls are exponential. */
async function send(
  { codec, clock, partitions, seed }: Given,
  producer: LogProducer,
  calls: Map<string, Open>,
  run: string,
  { ratePerS, durationMs, look, signal }: Sending,
): Promise<number> {
  const mix = createCallMix({ seed, run, people: createPeople(seed), shares: PLAIN })
  const random = createRandom(seed).fork(`gaps ${run}`)
  const gapMs = (): number => (-Math.log(1 - random.next()) / ratePerS) * 1000
  const startedMs = clock.nowMs()
  const underWay: Promise<void>[] = []
  let halfWay = false
  for (let dueMs = gapMs(); dueMs < durationMs; dueMs += gapMs()) {
    while (clock.nowMs() - startedMs < dueMs) await pause(clock, TICK_MS)
    if (signal.aborted) break
    if (!halfWay && dueMs > durationMs / 2) {
      halfWay = true
      look?.('middle')
    }
    const { arrival } = mix.next()
    const { callId, requestNo, decideWithinMs } = arrival
    const call: Open = {
      intendedMs: startedMs + dueMs,
      decideWithinMs: decideWithinMs ?? Infinity,
      storedMs: Infinity,
      arrivedAt: null,
      decidedAt: null,
      seenMs: 0,
    }
    calls.set(callId, call)
    const appended = producer.append({
      topic: 'call.arrived',
      partition: partitionOf(Buffer.from(callId), partitions),
      key: callId,
      value: codec.encode('call.arrived', arrival),
      headers: { [HEADER.requestNo]: String(requestNo) },
    })
    underWay.push(
      appended.then(
        ({ appendedAt, ackedAtHostMs }) =>
          void Object.assign(call, { arrivedAt: appendedAt, storedMs: ackedAtHostMs }),
        () => undefined,
      ),
    )
  }
  const endedMs = clock.nowMs()
  look?.('end')
  await Promise.all(underWay)
  return endedMs
}

/** Of the calls whose arrival is known to be stored. */
const momentsOf = (calls: ReadonlyMap<string, Open>) =>
  [...calls.values()].flatMap(({ arrivedAt, decidedAt }) =>
    arrivedAt === null ? [] : [{ arrivedAt, decidedAt: decidedAt ?? Infinity }],
  )

function judged(
  calls: ReadonlyMap<string, Open>,
  windowMs: number,
): Omit<LoadResult, 'ratePerS' | 'durationMs' | 'doubled' | 'catchUpMs' | 'slices'> {
  const stored: number[] = []
  const seen: number[] = []
  const sending: number[] = []
  let unacknowledged = 0
  let undecided = 0
  let late = 0
  for (const {
    intendedMs,
    storedMs,
    arrivedAt,
    decidedAt,
    seenMs,
    decideWithinMs,
  } of calls.values()) {
    if (arrivedAt === null) {
      unacknowledged += 1
      continue
    }
    sending.push(storedMs - intendedMs)
    if (decidedAt === null) undecided += 1
    else {
      const tookMs = decidedAt - arrivedAt
      stored.push(tookMs)
      seen.push(seenMs - intendedMs)
      if (tookMs > Math.min(windowMs, decideWithinMs)) late += 1
    }
  }
  return {
    sent: calls.size,
    unacknowledged,
    undecided,
    late,
    stored: percentilesOf(stored),
    seen: percentilesOf(seen),
    sending: percentilesOf(sending),
  }
}

const pause = (clock: Clock, delayMs: number): Promise<void> =>
  new Promise((resolve) => void clock.after(delayMs, resolve))
