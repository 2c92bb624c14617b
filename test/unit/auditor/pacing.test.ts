import { describe, expect, test } from 'vitest'
import { copyOf } from '../../../services/platform/record-copy.ts'
import type { AuditedTopic } from '../../../services/auditor/core/memory.ts'
import { auditPartition } from '../../../services/auditor/partition-audit.ts'
import { memoryCodec } from '../../../services/platform/memory-codec.ts'
import { hash, routed } from '../audit/world.ts'
import { lookupSettled } from '../../records.ts'

function world(freshFrom = 0) {
  const codec = memoryCodec()
  const noted: string[] = []
  const nowhere = { 'call.routed': 0, 'call.lookup': 0 }
  const start = {
    partition: 0,
    freshFrom: { 'call.routed': freshFrom, 'call.lookup': freshFrom },
    seek: nowhere,
  }
  const tenure = { held: () => true, failed: () => {} }
  const ports = {
    codec,
    evidence: {
      policyOf: () => null,
      privacy: { keyId: 'k1', token: hash, mask: () => '**' },
      hash,
    },
    service: 'router/test',
    append: async () => true,
    policies: { settled: () => true, settle: () => Promise.resolve(true) },
    learn: () => new Promise<boolean>(() => undefined),
    recall: () => Promise.resolve([]),
    noted: (kind: string) => noted.push(kind),
    deadLettered: () => undefined,
  }
  const audit = auditPartition(start, ports, tenure)
  const record = (topic: AuditedTopic, offset: number, appendedAt: number) => {
    const callId = `call-${offset}`
    const arrivalAt = { ...routed.arrivalAt, partition: 0 }
    const value =
      topic === 'call.routed'
        ? codec.encode(topic, { ...routed, callId, arrivalAt, decidedAt: appendedAt })
        : codec.encode(topic, lookupSettled({ callId }))
    const key = Buffer.from(callId)
    return { topic, partition: 0, offset, appendedAt, key, value, headers: {} }
  }
  const take = (topic: AuditedTopic, offset: number, appendedAt: number) =>
    audit.take({
      topic,
      partition: 0,
      records: [record(topic, offset, appendedAt)],
      nextOffset: offset + 1,
    })
  return { codec, audit, take, record, noted }
}

const both = { 'call.routed': true, 'call.lookup': true }

describe('reading the two topics at one pace', () => {
  test('the topic that is 20 s ahead in append time waits for the other', () => {
    const { audit, take } = world()
    take('call.lookup', 0, 100_000)
    take('call.routed', 0, 120_001)
    expect(audit.reads()).toEqual({ ...both, 'call.routed': false })
    take('call.lookup', 1, 140_002)
    expect(audit.reads()).toEqual({ ...both, 'call.lookup': false })
    take('call.routed', 1, 140_002)
    expect(audit.reads()).toEqual(both)
  })

  test('a topic that is read to its end keeps nobody waiting', () => {
    const { audit, take } = world()
    take('call.routed', 0, 100_000)
    expect(audit.reads()['call.routed']).toBe(false)
    expect(audit.apart()).toBe(true)
    audit.asking()({ 'call.routed': 1000, 'call.lookup': 0 })
    expect(audit.reads()).toEqual(both)
    // All that was there when the ends were asked may be read.
    take('call.routed', 999, 900_000)
    expect(audit.reads()).toEqual(both)
    take('call.routed', 1000, 1_900_000)
    expect(audit.reads()['call.routed']).toBe(false)
  })

  test('a topic with unread records keeps the other waiting, however old the answer', () => {
    const { audit, take } = world()
    take('call.routed', 0, 100_000)
    audit.asking()({ 'call.routed': 1, 'call.lookup': 1 })
    expect(audit.reads()['call.routed']).toBe(false)
  })

  test('history that waits for a schema pauses reading too', () => {
    const { codec, audit, record } = world(10_000)
    const one = record('call.routed', 0, 1000)
    codec.forget(codec.idOf('call.routed'))
    const records = Array.from({ length: 4001 }, (_, offset) => ({ ...one, offset }))
    audit.take({ topic: 'call.routed', partition: 0, records, nextOffset: 4001 })
    expect(audit.reads()).toEqual({ 'call.routed': false, 'call.lookup': false })
  })

  test('what waits is a copy, not a view into the fetch it came in', () => {
    const fetched = new Uint8Array(1_000_000).fill(7)
    const headers = { one: fetched.subarray(8, 9), two: [fetched.subarray(9, 10)] }
    const kept = copyOf({
      topic: 'call.routed',
      partition: 0,
      offset: 3,
      appendedAt: 5,
      key: fetched.subarray(0, 2),
      value: fetched.subarray(2, 8),
      headers,
    })
    fetched.fill(0)
    expect([...(kept.key ?? []), ...(kept.value ?? [])]).toEqual(Array(8).fill(7))
    const [one, two] = [kept.headers['one'], kept.headers['two']].flat()
    expect([one?.[0], two?.[0]]).toEqual([7, 7])
    expect(kept.value?.buffer.byteLength).toBeLessThan(100_000)
  })
})
