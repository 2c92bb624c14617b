import { describe, expect, test } from 'vitest'
import { letterOf, placeOfName } from '../../../services/dlt/letter.ts'
import { letterLines } from '../../../services/dlt/list-lines.ts'
import { maskDigits, nameText, previewLines } from '../../../services/dlt/preview.ts'
import { judge, letterNamed, putBack, readLetters } from '../../../services/dlt/redrive.ts'
import { refusal } from '../../../services/dlt/refusal.ts'
import { deadLetter, reducedLetter } from '../../../services/platform/dead-letter.ts'
import type { LogRecord } from '../../../services/platform/ports.ts'
import { storedTopics } from '../audit/stored.ts'
import { arrival, routed } from '../audit/world.ts'

const text = (bytes: Uint8Array | null | undefined): string => Buffer.from(bytes ?? []).toString()
const reason = { code: 'XP_RECORD_UNREADABLE', message: 'no Avro', service: 'router/r1' } as const

/** An arrival nobody can read, and its dead letter. */
function poisoned(topics: ReturnType<typeof storedTopics>, value = 'no avro'): LogRecord {
  const record = topics.broker.append({
    topic: 'call.arrived',
    partition: 1,
    key: 'call-1',
    value: Buffer.from(value),
    headers: { 'request-no': '1', traceparent: 'tp' },
  })
  topics.broker.append(deadLetter(record, reason))
  return record
}

describe('a dead letter', () => {
  test('tells where it came from and why, apart from its own headers', () => {
    const topics = storedTopics()
    const record = poisoned(topics)
    const [stored] = topics.broker.records('call.arrived.dlt')
    if (stored === undefined) throw new Error('no letter')
    const letter = letterOf(stored)
    expect(letter).toMatchObject({
      name: 'call.arrived.dlt/1/0',
      topic: 'call.arrived',
      partition: 1,
      offset: 0,
      storedAt: record.appendedAt,
      code: 'XP_RECORD_UNREADABLE',
      message: 'no Avro',
      service: 'router/r1',
    })
    expect(Object.keys(letter.headers).toSorted()).toEqual(['request-no', 'traceparent'])
  })

  test('is listed by its whole name, on lines that fit a terminal', () => {
    const topics = storedTopics()
    poisoned(topics)
    const [stored] = topics.broker.records('call.arrived.dlt')
    if (stored === undefined) throw new Error('no letter')
    const message = 'the value is not what any schema of this topic says, and nobody can read it'
    const [head, ...lines] = letterLines({ ...letterOf(stored), message }, 80)
    expect(head).toMatch(/^call\.arrived\.dlt\/1\/0 {2}\d{4}-.*Z {2}XP_RECORD_UNREADABLE$/u)
    for (const line of [head ?? '', ...lines]) expect(line.length).toBeLessThanOrEqual(80)
    expect(lines.map((line) => line.trim()).join(' ')).toBe(`${message} (router/r1)`)
  })

  test('is found by its name, and only by it', async () => {
    const topics = storedTopics()
    poisoned(topics)
    const found = (name: string) =>
      topics.read((_source, client) => letterNamed({ client, codec: topics.codec }, name))
    expect(text((await found('call.arrived.dlt/1/0'))?.value)).toBe('no avro')
    for (const name of ['call.arrived.dlt/1/1', 'call.arrived.dlt/0/0', 'call.arrived.dlt/9/0']) {
      expect(await found(name)).toBeNull()
    }
    for (const name of ['', 'call.arrived/1/0', 'audit.late.dlt/0/0', 'call.arrived.dlt/1/-1']) {
      expect(placeOfName(name)).toBeNull()
    }
  })
})

describe('a preview', () => {
  test.each([
    ['number +4915112345678 end', 'number +************* end'],
    ['(030) 123-456', '(***) ***-***'],
    ['4\u00009\u00001\u00005\u00001\u00001', '*\0*\0*\0*\0*\0*'],
    ['year 2026, 17', 'year 2026, 17'],
  ])('hides the digits of %j', (given, expected) => {
    expect(text(maskDigits(Buffer.from(given)))).toBe(expected)
  })

  test('hides them in the hexadecimal as well', () => {
    const lines = previewLines(Buffer.from('x15112345678'), 100)
    expect(lines.join()).not.toMatch(/31 35 31/u)
    expect(lines[0]).toContain('x***********')
  })

  test('shows no more than it may', () => {
    expect(previewLines(new Uint8Array(100), 16).at(-1)).toBe('… 84 bytes more')
  })

  test('a key is shown unless it is a number', () => {
    expect(nameText(Buffer.from('6f9c1d2e-000412'))).toBe('6f9c1d2e-000412')
    expect(nameText(Buffer.from('+4915112345678'))).toBe('+*************')
  })
})

describe('going back (design §3, horizon)', () => {
  const at = (storedAt: number, topic: 'call.arrived' | 'call.lookup' | 'call.routed') => ({
    topic,
    storedAt,
  })
  const me = { callId: 'call-1', requestNo: 1 }
  const decided = { state: 'decided', as: me } as const
  const undecided = { state: 'undecided' } as const
  const DAY_MS = 86_400_000

  test.each([
    ['a young arrival that was decided', at(0, 'call.arrived'), 30_000, decided, me, null],
    ['an old arrival that was decided', at(0, 'call.arrived'), 60_000, decided, me, 'second time'],
    ['an old arrival that never was', at(0, 'call.arrived'), DAY_MS, undecided, me, null],
    [
      'an arrival older than the decisions kept',
      at(0, 'call.arrived'),
      8 * DAY_MS,
      undecided,
      me,
      'no longer stored',
    ],
    [
      'an arrival decided under a made-up name',
      at(0, 'call.arrived'),
      10_000,
      { state: 'decided', as: { callId: 'call-1', requestNo: -5 } } as const,
      me,
      'another identity',
    ],
    [
      'an arrival that would get a new name',
      at(0, 'call.arrived'),
      1000,
      decided,
      null,
      'another identity',
    ],
    ['a lookup of any age', at(0, 'call.lookup'), 10 * DAY_MS, undecided, null, null],
    ['a fresh decision', at(0, 'call.routed'), 10_000, undecided, null, null],
    ['a void decision', at(0, 'call.routed'), 31_000, undecided, null, 'void'],
  ])('%s', (_name, letter, nowMs, decision, identity, refused) => {
    const told = refusal(letter, nowMs, decision, identity)
    if (refused === null) expect(told).toBeNull()
    else expect(told).toContain(refused)
  })

  test('original bytes, key, headers, topic and partition', async () => {
    const topics = storedTopics()
    const original = poisoned(topics)
    await topics.read(async (_source, client) => {
      const source = { client, codec: topics.codec }
      const letter = await letterNamed(source, 'call.arrived.dlt/1/0')
      if (letter === null) throw new Error('no letter')
      const [judged] = await judge(source, [letter], () => topics.time.nowMs())
      expect(judged).toMatchObject({ refused: null, readable: false })
      await putBack(await client.producer('dlt'), letter)
    })
    const again = topics.broker.records('call.arrived').at(-1)
    expect(again?.offset).toBe(1)
    expect(again).toMatchObject({ partition: 1 })
    expect([text(again?.key), text(again?.value)]).toEqual(['call-1', 'no avro'])
    expect(again?.headers).toEqual(original.headers)
  })

  test('an arrival decided long ago is refused by what call.routed says', async () => {
    const topics = storedTopics()
    poisoned(topics)
    const arrivalAt = { topic: 'call.arrived', partition: 1, offset: 0 }
    topics.put('call.routed', { ...routed, arrivalAt }, 1)
    await topics.read(async (_source, client) => {
      const source = { client, codec: topics.codec }
      const letters: Parameters<typeof judge>[1][number][] = []
      await readLetters(source, ['call.arrived', 'call.lookup'], (one) => letters.push(one))
      expect(letters).toHaveLength(1)
      const later = () => topics.time.nowMs() + 120_000
      const [judged] = await judge(source, letters, later)
      expect(judged?.refused).toContain('decided a second time')
    })
  })

  test('a letter that was cut is refused: it is not the record any more', async () => {
    const topics = storedTopics()
    const record = poisoned(topics)
    topics.broker.append(reducedLetter(deadLetter(record, reason)))
    await topics.read(async (_source, client) => {
      const source = { client, codec: topics.codec }
      const letters: Parameters<typeof judge>[1][number][] = []
      await readLetters(source, ['call.arrived'], (one) => letters.push(one))
      const judged = await judge(source, letters, () => topics.time.nowMs())
      expect(judged.map(({ refused }) => refused)).toEqual([null, expect.stringContaining('cut')])
    })
  })

  test('an arrival under another key is judged by its key, as the router does', async () => {
    const topics = storedTopics()
    const { offset } = topics.broker.append({
      topic: 'call.arrived',
      partition: 0,
      key: 'call-y',
      value: topics.codec.encode('call.arrived', { ...arrival, callId: 'call-x' }),
      headers: { 'request-no': '1' },
    })
    const [record] = topics.broker.records('call.arrived')
    if (record === undefined) throw new Error('no record')
    topics.broker.append(deadLetter(record, { ...reason, code: 'XP_RECORD_KEY_MISMATCH' }))
    const arrivalAt = { topic: 'call.arrived', partition: 0, offset }
    topics.put('call.routed', { ...routed, callId: 'call-y', requestNo: 1, arrivalAt }, 0)
    await topics.read(async (_source, client) => {
      const source = { client, codec: topics.codec }
      const letter = await letterNamed(source, 'call.arrived.dlt/0/0')
      const judged = await judge(source, letter === null ? [] : [letter], () => topics.time.nowMs())
      expect(judged.map(({ refused }) => refused)).toEqual([null])
    })
  })

  test('what is readable by now is told apart', async () => {
    const topics = storedTopics()
    const record = topics.put('call.arrived', arrival, 0)
    topics.broker.append(deadLetter(record, { ...reason, code: 'XP_SCHEMA_UNKNOWN' }))
    await topics.read(async (_source, client) => {
      const source = { client, codec: topics.codec }
      const letter = await letterNamed(source, 'call.arrived.dlt/0/0')
      const judged = await judge(source, letter === null ? [] : [letter], () => topics.time.nowMs())
      expect(judged.map(({ readable }) => readable)).toEqual([true])
    })
  })
})
