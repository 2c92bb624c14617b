/**
 * The calls of one scenario: an open-loop switch and an ACD that obeys the reader's rule, both in this
 * process and both round the proxy, so that what is counted here is not what was hurt.
 */
import { startAcd, type Acd } from '../../infra/acd/acd.ts'
import { createPeople } from '../../infra/stubs/people.ts'
import { createCallMix } from '../../infra/switch/calls.ts'
import { startSwitch, type Switch, type SwitchLog } from '../../infra/switch/switch.ts'
import type { AckedArrival, Delivered } from '../audit/verify/evidence.ts'
import { requestKey, type RequestId } from '../domain/request.ts'
import type { Connection } from '../local/connect.ts'
import type { LogProducer } from '../platform/ports.ts'
import type { LogTopic } from '../topology.ts'
import type { RawRecord, Stage } from './scenario.ts'
import type { Truth } from './truth.ts'

/** A record published as it is, where it stands. */
export interface RawPlaced {
  readonly record: RawRecord
  readonly partition: number
  readonly offset: number
  readonly isPoison: boolean
}

/** A decision that the ACD acted on, and the partition it came by. */
interface DeliveredAt extends Delivered {
  readonly partition: number
}

export interface Calls {
  readonly stage: Stage['calls']
  /** Begins to publish; arrivals come until `end`. */
  begin(ratePerS: number): void
  /** Publishes no more and waits until every call was decided or given up by the switch. */
  end(): Promise<void>
  counts(): { readonly sent: number; readonly decided: number; readonly undecided: number }
  readonly log: () => SwitchLog
  /** Every arrival that the brokers acknowledged: the switch's, and raw ones with a key. */
  acked(): readonly AckedArrival[]
  readonly delivered: readonly DeliveredAt[]
  readonly raws: readonly RawPlaced[]
}

interface CallsOptions {
  readonly connection: Connection
  readonly partitions: number
  readonly windowMs: number
  readonly truth: Truth
  readonly seed: number
}

/** The switch routes a call itself when it heard nothing so long after the window. */
const PATIENCE_BEYOND_WINDOW_MS = 1000

/** Which requests are acknowledged and not decided yet, whichever is heard of first. */
function createUndecided() {
  const open = new Set<string>()
  const decided = new Set<string>()
  return {
    acked(request: RequestId): void {
      const key = requestKey(request)
      if (!decided.has(key)) open.add(key)
    },
    decided(request: RequestId): void {
      const key = requestKey(request)
      decided.add(key)
      open.delete(key)
    },
    size: (): number => open.size,
    decidedCount: (): number => decided.size,
  }
}

/** How long calls waited for their decisions, since it was last asked. */
function createWaits() {
  let waitsMs: number[] = []
  return {
    add: (waitedMs: number) => void waitsMs.push(waitedMs),
    p99Ms(this: void): number | null {
      const sorted = waitsMs.toSorted((a, b) => a - b)
      waitsMs = []
      return sorted[Math.ceil(sorted.length * 0.99) - 1] ?? null
    },
  }
}

async function publishRaw(
  { producer, truth }: { producer: LogProducer; truth: Truth },
  record: RawRecord,
  isPoison: boolean,
): Promise<RawPlaced> {
  const { topic, partition, key, value, headers } = record
  const { offset } = await producer.append({
    topic: topic as LogTopic,
    partition,
    key,
    value,
    headers,
  })
  truth.did({ kind: 'raw', target: topic, detail: { partition, offset, isPoison } })
  return { record, partition, offset, isPoison }
}

/** A raw arrival is owed a decision where its key can be read (design §4.10). */
function owed({ record, partition, offset }: RawPlaced): AckedArrival[] {
  const { topic, key, headers } = record
  if (topic !== 'call.arrived' || key === null || key === '') return []
  const requestNo = Number(headers['request-no'] ?? 1)
  return [{ callId: key, requestNo, partition, offset }]
}

/** The ACD of this scenario; tells of each decision it acts on. Resolves once it reads. */
async function openAcd(
  { client, codec, clock }: Connection,
  stack: AsyncDisposableStack,
  onDecision: (delivered: DeliveredAt, waitedMs: number) => void,
): Promise<void> {
  const acd: Acd = startAcd({
    client,
    codec,
    clock,
    groupId: 'acd',
    newGroupFrom: 'start',
    onDecision({ decision, partition, appendedAt }) {
      const { callId, requestNo, decisionId, arrivedAt } = decision
      onDecision({ callId, requestNo, decisionId, partition }, appendedAt - arrivedAt)
    },
  })
  stack.defer(() => acd.stop())
  await acd.ready
}

/** The switch, which there is only once calls have begun. */
function createLine(
  { connection, partitions, windowMs, seed }: CallsOptions,
  producer: LogProducer,
  onPublished: (request: RequestId) => void,
) {
  const { codec, clock } = connection
  let telephony: Switch | null = null
  const running = (): Switch => {
    if (telephony === null) throw new Error('No call has come yet.')
    return telephony
  }
  return {
    running,
    hear: (request: RequestId): void => telephony?.hear(request),
    sent: (): number => telephony?.log.published.length ?? 0,
    stop: (): void => telephony?.stop(),
    begin(ratePerS: number): void {
      const run = `c${Date.now().toString(36)}`
      telephony = startSwitch({
        mix: createCallMix({ seed, run, people: createPeople(seed) }),
        calls: Infinity,
        ratePerS,
        partitions,
        patienceMs: windowMs + PATIENCE_BEYOND_WINDOW_MS,
        producer,
        codec,
        clock,
        unixMs: Date.now,
        onPublished,
      })
    },
  }
}

/** Opens the ACD and the switch's line; resolves once the ACD reads. */
export async function openCalls(
  options: CallsOptions,
  stack: AsyncDisposableStack,
): Promise<Calls> {
  const { connection, truth } = options
  const producer = await connection.client.producer('switch')
  stack.defer(() => producer.close(1000))
  const undecided = createUndecided()
  const delivered: DeliveredAt[] = []
  const raws: RawPlaced[] = []
  const did = (what: 'begin' | 'end' | 'rate' | 'repeat', count: number): void =>
    truth.did({ kind: 'calls', target: 'switch', detail: { what, count } })
  const line = createLine(options, producer, (request) => undecided.acked(request))
  // Who breaks a campaign off breaks off the calls as well.
  stack.defer(() => line.stop())
  const waits = createWaits()
  await openAcd(connection, stack, (decision, waitedMs) => {
    delivered.push(decision)
    waits.add(waitedMs)
    undecided.decided(decision)
    line.hear(decision)
  })

  const stage: Stage['calls'] = {
    undecided: () => undecided.size(),
    rate(perS) {
      did('rate', perS)
      line.running().rate(perS)
    },
    p99Ms: () => waits.p99Ms(),
    async raw(record, isPoison) {
      raws.push(await publishRaw({ producer, truth }, record, isPoison))
    },
    async repeat(copies) {
      did('repeat', copies)
      await line.running().repeat(copies)
    },
  }
  return {
    stage,
    begin(ratePerS) {
      did('begin', ratePerS)
      line.begin(ratePerS)
    },
    async end() {
      did('end', line.sent())
      line.running().stop()
      await line.running().done
    },
    counts: () => ({
      sent: line.sent(),
      decided: undecided.decidedCount(),
      undecided: undecided.size(),
    }),
    log: () => line.running().log,
    acked: () => [...line.running().log.published, ...raws.flatMap(owed)],
    delivered,
    raws,
  }
}
