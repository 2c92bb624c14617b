import { describe, expect, test } from 'vitest'
import { momentOf, rangeGiven } from '../../../services/audit/moment.ts'
import { plain } from '../../../services/audit/plain.ts'
import { storiesOf } from '../../../services/audit/show/show.ts'
import { orderByTime } from '../../../services/audit/tail/order.ts'
import { tail } from '../../../services/audit/tail/tail.ts'
import { waitingText } from '../../../services/audit/tail/waiting.ts'
import { collectEvidence } from '../../../services/audit/verify/collect.ts'
import { deadLetter } from '../../../services/platform/dead-letter.ts'
import { memoryCodec } from '../../../services/platform/memory-codec.ts'
import { memoryBroker } from '../../../services/platform/memory/broker.ts'
import { memoryClient } from '../../../services/platform/memory/client.ts'
import { memoryProcess } from '../../../services/platform/memory/process.ts'
import { virtualTime } from '../../../services/platform/memory/virtual-time.ts'
import { calm, seededRandom } from '../../../services/platform/memory/weather.ts'
import type { RecordOf, TopicName } from '../../../services/topology.ts'
import { applied, arrival, decision, routed, wholeEvidence } from './world.ts'

function stored() {
  const time = virtualTime()
  const broker = memoryBroker(time, { partitions: 2 })
  const codec = memoryCodec()
  const client = memoryClient(broker, memoryProcess(time), calm(seededRandom(1)), 'tool')
  const put = <T extends TopicName>(topic: T, value: RecordOf[T], partition = 0) =>
    broker.append({ topic, partition, key: 'call-1', value: codec.encode(topic, value) })
  const read = async <T>(work: (source: Parameters<typeof storiesOf>[0]) => Promise<T>) => {
    const driver = time.drive()
    try {
      return await work({ reader: client.reader, codec })
    } finally {
      await driver.stop()
    }
  }
  return { broker, codec, put, read }
}

const [late] = wholeEvidence().topics.late.flatMap((one) => (one.value === null ? [] : [one.value]))

describe('what people read of the audit', () => {
  test('tail tells reasons and late answers as sentences, repeats once', async () => {
    const { put, read } = stored()
    put('audit.fallback', applied)
    put('audit.fallback', applied)
    if (late !== undefined) put('audit.late', late)
    put('audit.decision', decision)
    const lines: string[] = []
    const range = { from: 'start', until: 'end', decisions: false, json: false } as const
    await read((source) => tail(source, range, (line) => lines.push(line)))
    expect(lines).toEqual([
      expect.stringContaining('CRM lookup timed out after 2000 ms, routed to general  [call-1]'),
      expect.stringContaining('crm answered 597 ms after the decision: same route  [call-1]'),
    ])
  })

  test.each([
    [{}, 'Waiting for reasons and late answers from now on; --from 1h begins an hour earlier'],
    [{ decisions: true }, 'Waiting for decisions, reasons and late answers from now on'],
    [{ from: '10m' }, 'Reading reasons and late answers since 10m, then waiting for more'],
  ])('tail says what it waits for: %j', (options, text) => {
    expect(waitingText(options)).toContain(text)
  })

  test('tail up to the end tells in order of time, whatever partition it comes from', async () => {
    const { put, read } = stored()
    for (const [partition, minute] of [
      [0, 3],
      [0, 5],
      [1, 1],
      [1, 4],
      [0, 6],
      [1, 2],
    ] as const) {
      const appendedAt = minute * 60_000
      put('audit.fallback', { ...applied, eventId: `e${minute}`, appendedAt }, partition)
    }
    const lines: string[] = []
    const range = { from: 'start', until: 'end', decisions: false, json: false } as const
    await read((source) => tail(source, range, (line) => lines.push(line)))
    expect(lines.map((line) => line.slice(0, 16))).toEqual(
      [1, 2, 3, 4, 5, 6].map((minute) => `1970-01-01 00:0${minute}`),
    )
  })

  test('ordering holds no more than it may', () => {
    const lines: string[] = []
    const order = orderByTime(4, (line) => lines.push(line))
    for (const atMs of [3, 1, 4, 2]) order.add(atMs, String(atMs))
    expect(lines).toEqual(['1', '2'])
    order.add(1, 'too far back')
    order.end()
    expect(lines).toEqual(['1', '2', 'too far back', '3', '4'])
  })

  test('show finds the decisions of a call, with what answered late', async () => {
    const { put, read } = stored()
    put('audit.decision', { ...decision, callId: 'other' })
    put('audit.decision', { ...decision, effective: false, decisionId: 'd9' })
    put('audit.decision', decision)
    put('audit.decision', decision)
    if (late !== undefined) put('audit.late', late)
    const stories = await read((source) => storiesOf(source, 'call-1'))
    expect(stories.map((one) => [one.decision.decisionId, one.late.length])).toEqual([
      ['d1', 1],
      ['d9', 0],
    ])
  })

  test('show says so when nothing is known of a call', async () => {
    const { read } = stored()
    await expect(read((source) => storiesOf(source, 'nobody'))).rejects.toMatchObject({
      code: 'XP_AUDIT_CALL_UNKNOWN',
    })
  })

  test('evidence holds every record, the unreadable as such, and the dead letters', async () => {
    const { broker, put, read } = stored()
    put('call.arrived', arrival, 1)
    put('call.routed', routed, 1)
    const poison = broker.append({
      topic: 'call.lookup',
      partition: 1,
      key: 'call-1',
      value: Buffer.from('no avro'),
    })
    const reason = { code: 'XP_RECORD_UNREADABLE', message: 'm', service: 's' } as const
    broker.append(deadLetter(poison, reason))
    const { topics } = await read((source) => collectEvidence(source))
    expect(topics.arrived[0]?.value?.callId).toBe('call-1')
    expect(topics.routed[0]?.partition).toBe(1)
    expect(topics.lookups[0]).toMatchObject({ value: null, key: 'call-1' })
    expect(topics.deadLetters).toEqual([
      { topic: 'call.lookup', partition: 1, offset: 0, code: 'XP_RECORD_UNREADABLE' },
    ])
  })
})

test('what a record holds does not command the terminal', () => {
  expect(plain('call \u001B[2Ja\u009Bb\r\n\tü')).toBe('call ·[2Ja·b·\n\tü')
})

describe('moments on a command line', () => {
  test('ages count back, times are taken as they are', () => {
    expect(momentOf('2h', 10_000_000)).toEqual({ timeMs: 10_000_000 - 7_200_000 })
    expect(momentOf('1970-01-01T00:00:01Z', 0)).toEqual({ timeMs: 1000 })
    expect(momentOf('1970-01-02 00:00:01.5', 0)).toEqual({ timeMs: 86_401_500 })
    expect(momentOf('1970-01-02T01:00+01:00', 0)).toEqual({ timeMs: 86_400_000 })
    expect(momentOf('start', 0)).toBe('start')
  })

  test('a range begins before it ends', () => {
    const now = 10_000_000
    expect(rangeGiven({ from: '2h', to: '1h' }, now)).toEqual({
      from: { text: '2h', timeMs: now - 7_200_000 },
      to: { text: '1h', timeMs: now - 3_600_000 },
    })
    expect(rangeGiven({ from: 'start' }, now)).toEqual({ from: null, to: null })
    for (const to of ['2h', '1h']) {
      expect(() => rangeGiven({ from: '1h', to }, now)).toThrow(`--to ${to} is not after --from 1h`)
    }
  })

  test('no range ends at the start', () => {
    expect(() => momentOf('start', 0, '--to')).toThrow('--to "start" is no moment')
  })

  test.each(['yesterday', '5', '', '10 m', '2026-99-99'])('%j is refused with help', (text) => {
    expect(() => momentOf(text, 0)).toThrow(expect.objectContaining({ code: 'XP_USAGE' }))
  })
})
