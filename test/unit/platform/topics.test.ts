import { describe, expect, test } from 'vitest'
import type { LogAdmin, TopicState } from '../../../services/platform/kafka/admin.ts'
import { differences, wantedTopics } from '../../../services/platform/topics/plan.ts'
import { asAclCommand, rights } from '../../../services/platform/topics/rights.ts'
import { findDifferences, verifyTopics } from '../../../services/platform/topics/verify.ts'
import { TOPIC_NAMES, TOPICS, type LogTopic } from '../../../services/topology.ts'

const deployment = { callPartitions: 12, brokers: 3 }

/** Brokers on which everything is as wanted, but for what a test changes. */
function brokers(change: (found: Map<LogTopic, TopicState>) => void = () => undefined): LogAdmin {
  const found = new Map<LogTopic, TopicState>(
    wantedTopics(deployment).map((topic) => [topic.topic, { ...topic, overridden: [] }]),
  )
  change(found)
  return {
    brokers: async () => deployment.brokers,
    describeTopics: async (topics: readonly LogTopic[]) =>
      new Map([...found].filter(([topic]) => topics.includes(topic))),
  } as unknown as LogAdmin
}

function altered(topic: LogTopic, change: Partial<TopicState>): LogAdmin {
  return brokers((found) => {
    const state = found.get(topic)
    if (state !== undefined) found.set(topic, { ...state, ...change })
  })
}

const configOf = (topic: LogTopic) =>
  wantedTopics(deployment).find((one) => one.topic === topic)?.configs ?? {}

describe('topics wanted', () => {
  test('every topic of the table, and the dead letters that have an owner', () => {
    const names = wantedTopics(deployment).map(({ topic }) => topic)
    const owned = TOPIC_NAMES.filter((name) => TOPICS[name].deadLettersBy !== undefined)
    expect(names.toSorted()).toEqual(
      [...TOPIC_NAMES, ...owned.map((name) => `${name}.dlt`)].toSorted(),
    )
  })

  test('with three brokers or more: three replicas, two in sync; with fewer: one', () => {
    expect(wantedTopics(deployment)[0]).toMatchObject({ replication: 3 })
    expect(configOf('call.arrived')['min.insync.replicas']).toBe('2')
    const small = wantedTopics({ callPartitions: 12, brokers: 1 })[0]
    expect(small).toMatchObject({ replication: 1, configs: { 'min.insync.replicas': '1' } })
  })

  test('append times and an entry for each batch everywhere; compacted and kept for ever where the table says so', () => {
    for (const { configs } of wantedTopics(deployment)) {
      expect(configs['message.timestamp.type']).toBe('LogAppendTime')
      expect(configs['unclean.leader.election.enable']).toBe('false')
      expect(configs['index.interval.bytes']).toBe('128')
    }
    expect(configOf('ops.override')).toMatchObject({
      'cleanup.policy': 'compact',
      'retention.ms': '-1',
    })
    expect(configOf('ops.policy')).toMatchObject({
      'cleanup.policy': 'delete',
      'retention.ms': '-1',
    })
  })
})

describe('differences', () => {
  test('none on brokers that are as wanted', async () => {
    expect((await findDifferences(brokers(), 12)).differences).toEqual([])
  })

  test('a missing topic and a changed setting can be mended; partitions and timestamps can not', () => {
    const found = new Map<LogTopic, TopicState>(
      wantedTopics(deployment).map((topic) => [topic.topic, { ...topic, overridden: [] }]),
    )
    found.delete('ops.clock')
    const state = found.get('call.lookup')
    if (state === undefined) throw new Error('no topic')
    const configs = {
      ...state.configs,
      'retention.ms': '1',
      'message.timestamp.type': 'CreateTime',
    }
    found.set('call.lookup', { ...state, partitions: 6, configs })
    const told = differences(wantedTopics(deployment), found).map(
      ({ topic, what, mendable }) => `${topic} ${what} ${mendable}`,
    )
    expect(told.toSorted()).toEqual([
      'call.lookup message.timestamp.type false',
      'call.lookup partitions false',
      'call.lookup retention.ms true',
      'ops.clock missing true',
    ])
  })
})

describe('the check at the start of a service', () => {
  test('passes on topics that are as wanted, and does not look at others', async () => {
    const admin = brokers((found) => found.delete('ops.clock'))
    await expect(verifyTopics(admin, ['call.arrived'], 12)).resolves.toBeUndefined()
  })

  test('a topic that is missing', async () => {
    const admin = brokers((found) => found.delete('call.arrived'))
    await expect(verifyTopics(admin, ['call.arrived'], 12)).rejects.toMatchObject({
      code: 'XP_TOPIC_MISSING',
      message: expect.stringContaining('call.arrived'),
    })
  })

  test('another partition count tells both numbers', async () => {
    const admin = altered('call.arrived', { partitions: 6 })
    await expect(verifyTopics(admin, ['call.arrived'], 12)).rejects.toMatchObject({
      code: 'XP_TOPIC_MISMATCH',
      message: 'call.arrived: partitions is 6, not 12',
    })
  })

  test('records without append times', async () => {
    const configs = { 'message.timestamp.type': 'CreateTime' }
    const admin = altered('call.routed', { configs })
    await expect(verifyTopics(admin, ['call.routed'], 12)).rejects.toMatchObject({
      code: 'XP_TOPIC_MISMATCH',
    })
  })

  test('a shorter retention stops nobody', async () => {
    const admin = altered('call.routed', {
      configs: { 'message.timestamp.type': 'LogAppendTime', 'retention.ms': '1' },
    })
    await expect(verifyTopics(admin, ['call.routed'], 12)).resolves.toBeUndefined()
  })
})

test('rights: each role reads and writes what the table says and nothing else', () => {
  const all = rights('test.')
  const may = (role: string, name: string, operation: string) =>
    all.some(
      (right) =>
        right.role === role &&
        right.name === `test.${name}` &&
        right.operations.includes(operation as never),
    )
  for (const name of TOPIC_NAMES) {
    for (const role of ['switch', 'acd', 'enricher', 'router', 'auditor', 'analyst'] as const) {
      expect(may(role, name, 'Write'), `${role} ${name}`).toBe(TOPICS[name].writers.includes(role))
      expect(may(role, name, 'Read'), `${role} ${name}`).toBe(TOPICS[name].readers.includes(role))
    }
  }
  expect(may('router', 'call.arrived.dlt', 'Write')).toBe(true)
  // `dlt redrive`: reads letters and decisions, appends the original; `audit verify`: reads all it judges.
  for (const name of ['call.arrived', 'call.lookup', 'call.routed']) {
    expect(may('operator', `${name}.dlt`, 'Read')).toBe(true)
    expect(may('operator', name, 'Write')).toBe(true)
    for (const read of [name, `${name}.dlt`]) expect(may('compliance', read, 'Read')).toBe(true)
  }
  expect(may('operator', 'call.routed', 'Read')).toBe(true)
  expect(
    all.filter(({ role, operations }) => role === 'compliance' && operations.includes('Write')),
  ).toEqual([])
  expect(all.map(asAclCommand)).toContain(
    'kafka-acls.sh --add --allow-principal User:switch --topic test.call.arrived ' +
      '--resource-pattern-type literal --operation Write --operation Describe --operation DescribeConfigs',
  )
})
