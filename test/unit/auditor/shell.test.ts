import { describe, expect, test } from 'vitest'
import { CrosspointError } from '../../../services/errors.ts'
import type { LogProducer } from '../../../services/platform/ports.ts'
import { routed } from '../audit/world.ts'
import { world } from './world.ts'

describe("the auditor's shell", () => {
  test('audits what is decided and what answers late, in the partition of the call', async () => {
    const { broker, start, decide, answer, pass } = world()
    const { auditor } = await start()
    expect(auditor.ready()).toBe(true)
    decide('call-1', 1)
    answer('call-1', 1)
    await pass(2000)
    const partitions = (['audit.decision', 'audit.fallback', 'audit.late'] as const).map((topic) =>
      broker.records(topic).map((record) => record.partition),
    )
    expect(partitions).toEqual([[1], [1], [1]])
    expect(broker.records('call.context')).toHaveLength(2)
  })

  test('a decision that nobody asked anything for is read again when an answer comes all the same', async () => {
    const { broker, codec, start, decide, answer, pass, noted } = world()
    await start()
    const skipped = routed.lookups.map((one) => ({ ...one, outcome: 'SKIPPED' as const }))
    const both = ['crm', 'billing'].flatMap((dependency) =>
      skipped.map((one) => ({ ...one, dependency })),
    )
    for (const callId of ['call-1', 'call-2']) decide(callId, 1, both)
    for (const dependency of ['crm', 'billing', 'crm']) {
      await pass(2000)
      answer('call-1', 1, { dependency })
    }
    await pass(2000)
    const late = broker.records('audit.late').map(({ value }) => codec.decode('audit.late', value))
    expect(late.map((one) => one.ok && one.value.dependency)).toEqual(['crm', 'billing'])
    const contexts = broker
      .records('call.context')
      .map(({ value }) => codec.decode('call.context', value))
      .map((one) => one.ok && `${one.value.callId} ${one.value.revision}`)
    expect(contexts).toEqual(['call-1 1', 'call-2 1', 'call-1 2', 'call-1 3'])
    const kinds = noted.filter((kind) => kind !== 'POLICY_UNKNOWN')
    expect(kinds).toEqual(['EFFECTIVE', 'EFFECTIVE', 'LATE', 'LATE', 'REPEATED_ANSWER'])
  })

  test('what can not be audited is read again from the commit, and passes nothing over', async () => {
    const { broker, codec, start, decide, pass } = world()
    const { auditor } = await start()
    const whole = { ...codec }
    let left = 2
    Object.assign(codec, {
      encode(...given: Parameters<typeof codec.encode>) {
        if (given[0] === 'audit.decision' && left > 0) {
          left -= 1
          throw new Error('a fault of ours')
        }
        return whole.encode(...given)
      },
    })
    for (const callId of ['call-1', 'call-2', 'call-3']) decide(callId)
    await pass(500)
    expect(auditor.ready()).toBe(false)
    expect(broker.records('audit.decision')).toHaveLength(0)
    await pass(5000)
    expect(auditor.ready()).toBe(true)
    expect(broker.records('audit.decision').map(({ key }) => String(key))).toEqual([
      'call-1',
      'call-2',
      'call-3',
    ])
  })

  test('§4.10 an unreadable record becomes a dead letter, its neighbours are audited', async () => {
    const { broker, start, decide, pass } = world()
    await start()
    decide('call-1')
    const poison = Buffer.from('no avro')
    broker.append({ topic: 'call.routed', partition: 0, key: 'call-x', value: poison })
    decide('call-2')
    await pass(2000)
    const [letter, ...others] = broker.records('call.routed.dlt')
    expect(others).toEqual([])
    expect(letter?.value).toEqual(poison)
    expect(String(letter?.headers['dlt-offset'])).toBe('1')
    expect(broker.records('audit.decision')).toHaveLength(2)
  })

  test('§4.10 a dead letter that is too large is written reduced, and others are tried again', async () => {
    const { broker, start, decide, pass } = world()
    let refusals = 2
    const picky = (producer: LogProducer): LogProducer => ({
      ...producer,
      append: (record) => {
        const whole = record.headers?.['dlt-truncated'] === undefined
        if (!record.topic.endsWith('.dlt')) return producer.append(record)
        if (whole) {
          return Promise.reject(new CrosspointError('XP_RECORD_TOO_LARGE', 'too large'))
        }
        refusals -= 1
        if (refusals < 0) return producer.append(record)
        return Promise.reject(new CrosspointError('XP_PRODUCE_FAILED', 'not now'))
      },
    })
    await start(picky)
    broker.append({
      topic: 'call.routed',
      partition: 0,
      key: 'call-x',
      value: Buffer.alloc(100_000),
    })
    decide('call-1')
    await pass(4000)
    const letters = broker.records('call.routed.dlt')
    expect(letters.map((letter) => letter.value?.length)).toEqual([64 * 1024])
    expect(broker.group('auditor').committed('call.routed').get(0)?.offset).toBe(2)
  })

  test('a decision by a policy not met yet waits for its text, however often that is not read', async () => {
    const known = new Set<string>()
    let reads = 0
    const { noted, broker, start, decide, pass } = world({
      met: (version) => known.has(version),
      async reread() {
        reads += 1
        if (reads < 3) throw new CrosspointError('XP_BROKER_UNREACHABLE', 'not now')
        if (reads === 10) known.add(routed.policyVersion)
      },
    })
    await start()
    decide('call-1')
    await pass(8000)
    expect(broker.records('audit.decision')).toHaveLength(0)
    await pass(3000)
    expect(broker.records('audit.decision')).toHaveLength(1)
    expect(noted).toContain('EFFECTIVE')
  })

  test('a text that does not come for 30 s is not waited for: audited without facts, and counted', async () => {
    const { noted, broker, start, decide, pass } = world({
      met: () => false,
      reread: () => Promise.resolve(),
    })
    await start()
    decide('call-1')
    decide('call-2')
    await pass(29_000)
    expect(broker.records('audit.decision')).toHaveLength(0)
    await pass(3000)
    decide('call-3')
    await pass(1000)
    expect(broker.records('audit.decision')).toHaveLength(3)
    expect(noted.filter((kind) => kind === 'POLICY_UNKNOWN')).toHaveLength(3)
  })

  test('a new group catches up on an hour of decisions although nothing was looked up', async () => {
    const { broker, start, decide, pass } = world()
    for (let minute = 0; minute < 60; minute += 1) {
      decide(`call-${minute}`)
      await pass(60_000)
    }
    await start()
    expect(broker.records('audit.decision')).toHaveLength(60)
  })

  test('§4.10 a registry outage is not poison: the partition waits and loses nothing', async () => {
    const { broker, codec, start, decide, pass } = world()
    await start()
    codec.forget(codec.idOf('call.routed'))
    codec.setRegistry('down')
    decide('call-1')
    await pass(30_000)
    expect(broker.records('audit.decision')).toHaveLength(0)
    codec.setRegistry('up')
    await pass(2000)
    expect(broker.records('audit.decision')).toHaveLength(1)
    expect(broker.records('call.routed.dlt')).toHaveLength(0)
  })
})
