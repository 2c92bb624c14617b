/**
 * Records that nobody can read, on each topic that services read (design §2, §4.10): one dead letter
 * each, neighbours undisturbed, and a caller whose key is readable gets a decision.
 */
import { randomBytes } from 'node:crypto'
import { Kafka, logLevel, type Producer } from 'kafkajs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { HEADER } from '../../services/domain/request.ts'
import { partitionOf } from '../../services/domain/murmur2.ts'
import type { LogRecord } from '../../services/platform/ports.ts'
import { breachesOf, none } from './world/verdict.ts'
import { openWorld, PLAIN_CALL, type Service, startServices, type World } from './world/world.ts'

let world: World
let services: ReadonlyMap<string, Service>
beforeAll(async () => {
  world = await openWorld()
  services = await startServices(world)
})
afterAll(() => world[Symbol.asyncDispose]())

/** As a producer that is none of ours: it writes as much as the broker lets it. */
let foreign: Producer
beforeAll(async () => {
  const brokers = [...world.settings.KAFKA_BROKERS]
  foreign = new Kafka({ brokers, logLevel: logLevel.NOTHING }).producer()
  await foreign.connect()
})
afterAll(() => foreign.disconnect())

async function publishRaw(record: {
  readonly topic: string
  readonly partition: number
  readonly key: string | null
  readonly value: Uint8Array | null
  readonly headers: Record<string, string>
}): Promise<number> {
  const value = record.value === null ? null : Buffer.from(record.value)
  const [ack] = await foreign.send({
    topic: `${world.settings.TOPIC_PREFIX}${record.topic}`,
    messages: [{ ...record, value }],
  })
  return Number(ack?.baseOffset)
}

const TOPICS = ['call.arrived', 'call.lookup', 'call.routed'] as const
type PoisonedTopic = (typeof TOPICS)[number]

const header = (record: LogRecord, name: string): string => {
  const value = record.headers[name]
  return Buffer.from(value instanceof Uint8Array ? value : (value?.[0] ?? [])).toString()
}

/** The dead letters of the record at a place: an offset alone names one in each partition. */
const lettersOf = (place: {
  readonly topic: string
  readonly partition: number
  readonly offset: number
}): readonly LogRecord[] =>
  world.witness
    .deadLetters()
    .filter((one) => header(one, 'dlt-topic') === place.topic)
    .filter((one) => header(one, 'dlt-partition') === String(place.partition))
    .filter((one) => header(one, 'dlt-offset') === String(place.offset))

/** What a record of the topic is when it is in order: that of a call decided before. */
async function soundValue(topic: PoisonedTopic, callId: string): Promise<Uint8Array> {
  if (topic === 'call.arrived') {
    return world.codec.encode(topic, { ...PLAIN_CALL, callId, ani: world.callers.plain().phone })
  }
  const model = await world.arrive({ ani: world.callers.plain().phone })
  const { value: decision } = await world.decisionOf(model.callId)
  if (topic === 'call.routed') return world.codec.encode(topic, { ...decision, callId })
  const { value: lookup } = await world.witness.first(
    'a lookup',
    'call.lookup',
    (one) => one.callId === model.callId,
  )
  return world.codec.encode(topic, { ...lookup, callId })
}

interface Made {
  readonly key: string | null
  readonly value: Uint8Array | null
}

interface Poison {
  readonly name: string
  readonly code: RegExp
  readonly make: (topic: PoisonedTopic, callId: string) => Promise<Made>
}

/** In the Confluent wire format: a zero, the schema's id, the value. */
const framed = (schemaId: number, body: Uint8Array): Uint8Array => {
  const head = Buffer.alloc(5)
  head.writeInt32BE(schemaId, 1)
  return Buffer.concat([head, body])
}
/** What Kafka accepts of one record by default, but for the little around key and value. */
const NEARLY_A_MEGABYTE = 1_048_000

const POISONS: readonly Poison[] = [
  {
    name: 'random bytes',
    code: /^XP_RECORD_UNREADABLE$/,
    make: async (_topic, callId) => ({
      key: callId,
      value: Buffer.concat([Buffer.from([0xff]), randomBytes(60)]),
    }),
  },
  {
    name: 'an unknown schema id',
    code: /^XP_SCHEMA_UNKNOWN$/,
    make: async (topic, callId) => ({
      key: callId,
      value: framed(0x7fff_fff0, (await soundValue(topic, callId)).subarray(5)),
    }),
  },
  {
    name: 'a null value',
    code: /^XP_RECORD_EMPTY$/,
    make: async (_topic, callId) => ({ key: callId, value: null }),
  },
  {
    name: 'no key',
    code: /^XP_RECORD_KEY_MISMATCH$/,
    make: async (topic, callId) => ({ key: null, value: await soundValue(topic, callId) }),
  },
  {
    name: "another call's key",
    code: /^XP_RECORD_KEY_MISMATCH$/,
    make: async (topic, callId) => ({
      key: `other-${callId}`,
      value: await soundValue(topic, callId),
    }),
  },
  {
    name: 'nearly a megabyte',
    code: /^XP_RECORD_(TOO_LARGE|UNREADABLE)$/,
    make: async (topic, callId) => {
      const sound = await soundValue(topic, callId)
      const padding = Buffer.alloc(NEARLY_A_MEGABYTE - sound.length)
      return { key: callId, value: Buffer.concat([sound, padding]) }
    },
  },
]

const CASES = TOPICS.flatMap((topic) => POISONS.map((poison) => ({ topic, ...poison })))

describe('a record nobody can read', () => {
  it.concurrent.each(CASES)(
    'on $topic, $name: one dead letter with its coordinates, and its neighbours are decided',
    async ({ topic, name, code, make }) => {
      const callId = `poison-${randomBytes(6).toString('hex')}`
      const partition = partitionOf(Buffer.from(callId), world.settings.CALL_PARTITIONS)
      const { key, value } = await make(topic, callId)
      const headers = { [HEADER.requestNo]: '1', 'made-by': 'test' }
      const before = await world.arrive({ ani: world.callers.plain().phone }, { partition })
      const offset = await publishRaw({ topic, partition, key, value, headers })
      const after = await world.arrive({ ani: world.callers.plain().phone }, { partition })

      const place = { topic, partition, offset }
      const letter = await world.witness.until(`the dead letter of ${name} on ${topic}`, () =>
        lettersOf(place).at(0),
      )
      expect(letter.topic).toBe(`${topic}.dlt`)
      expect(letter.key === null ? null : Buffer.from(letter.key).toString()).toBe(key)
      expect(
        letter.value === null ? null : Buffer.from(letter.value).equals(value ?? Buffer.of()),
      ).toBe(value === null ? null : true)
      expect(header(letter, 'dlt-code')).toMatch(code)
      expect(header(letter, 'dlt-message')).not.toBe('')
      expect(header(letter, 'dlt-service')).toMatch(/^router\//)
      expect(header(letter, 'made-by')).toBe('test')

      for (const neighbour of [before, after]) {
        const { value: decision } = await world.decisionOf(neighbour.callId)
        expect(decision).toMatchObject({ ruleId: 'default', trigger: 'ALL_SETTLED' })
      }
      if (topic === 'call.arrived') {
        const undecided = new Set([callId, `other-${callId}`])
        if (key !== null) {
          const { value: decision } = await world.decisionOf(key)
          expect(decision).toMatchObject({ trigger: 'UNREADABLE', target: { id: 'general' } })
          undecided.delete(key)
        }
        // Nobody else is decided by it: not the call that a value under another key names.
        const routed = world.witness.all('call.routed')
        expect(routed.filter((one) => undecided.has(one.value.callId))).toEqual([])
      }
      expect(lettersOf(place)).toHaveLength(1)
    },
  )

  it('leaves every arrival decided, and a dead letter for each of them and no other (I1 I8)', async () => {
    const ids = ['I1', 'I8'] as const
    expect(await breachesOf(world, ids)).toEqual(none(ids))
  })
})

describe('a record in another partition than its key gives', () => {
  const elsewhere = (callId: string): number =>
    (partitionOf(Buffer.from(callId), world.settings.CALL_PARTITIONS) + 1) %
    world.settings.CALL_PARTITIONS

  it('on call.arrived is decided there, and counted', async () => {
    const callId = `elsewhere-${randomBytes(6).toString('hex')}`
    const counted = async (): Promise<number> => {
      const page = (await services.get('router')?.metrics()) ?? ''
      return Number(/^crosspoint_partition_mismatch_total\S* (\d+)/m.exec(page)?.[1] ?? Number.NaN)
    }
    let before = Number.NaN
    // A router without a core to run on owes its page for a while.
    const look = async (): Promise<number> => {
      before = await counted()
      return before
    }
    await expect.poll(look, { timeout: 20_000 }).not.toBeNaN()
    const call = { callId, ani: world.callers.plain().phone }
    const sent = await world.arrive(call, { partition: elsewhere(callId) })
    const { record, value } = await world.decisionOf(callId)
    expect(record.partition).toBe(sent.partition)
    expect(value).toMatchObject({ ruleId: 'default', trigger: 'ALL_SETTLED' })
    await expect.poll(counted, { timeout: 20_000 }).toBe(before + 1)
  })

  it('on call.lookup changes nothing, and is no poison', async () => {
    const callId = `elsewhere-${randomBytes(6).toString('hex')}`
    const value = await soundValue('call.lookup', callId)
    const { offset } = await world.producer.append({
      topic: 'call.lookup',
      partition: elsewhere(callId),
      key: callId,
      value,
    })
    await world.arrive({ callId, ani: world.callers.plain().phone })
    const { value: decision } = await world.decisionOf(callId)
    expect(decision).toMatchObject({ ruleId: 'default', trigger: 'ALL_SETTLED' })
    const used = decision.lookups.map(({ settledOffset }) => settledOffset)
    expect(used).not.toContain(null)
    expect(lettersOf({ topic: 'call.lookup', partition: elsewhere(callId), offset })).toEqual([])
  })
})
