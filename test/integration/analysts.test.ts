/** What analysts and operators run, as they run it: the program, over real topics. */
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { deadLetter } from '../../services/platform/dead-letter.ts'
import { type Tool, withTool } from '../../services/platform/tool.ts'
import { applied, decision, routed, wholeEvidence } from '../unit/audit/world.ts'
import { freshPrefix, sharedCluster } from '../cluster.ts'

const scratch = mkdtempSync(join(tmpdir(), 'crosspoint-analysts-'))
const { brokers, registryUrl } = sharedCluster()
const environment = {
  KAFKA_BROKERS: brokers,
  SCHEMA_REGISTRY_URL: registryUrl,
  TOPIC_PREFIX: freshPrefix(),
  CALL_PARTITIONS: '3',
}
const before = { ...process.env }
const program = join(import.meta.dirname, '..', '..', 'bin', 'crosspoint')
const PARTITION = 1
const CALLS = 40

interface Ran {
  readonly code: number
  readonly out: string
  readonly err: string
}

async function crosspoint(...args: readonly string[]): Promise<Ran> {
  try {
    const { stdout, stderr } = await promisify(execFile)(program, [...args], {
      maxBuffer: 50_000_000,
    })
    return { code: 0, out: stdout, err: stderr }
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string }
    return { code, out: stdout, err: stderr }
  }
}

async function answer(...args: readonly string[]): Promise<unknown> {
  const { code, out, err } = await crosspoint(...args)
  expect(err.replaceAll(/^\w+: \d+ % .*\n/gmu, '')).toBe('')
  expect(code).toBe(0)
  return JSON.parse(out)
}

/** Calls that fell back, each record twice, and two dead letters: one may go back, one may not. */
async function write({ client, codec }: Tool): Promise<void> {
  const producer = await client.producer('test')
  const [late] = wholeEvidence().topics.late
  const append = (topic: 'audit.decision' | 'audit.fallback' | 'audit.late', value: Uint8Array) =>
    producer.append({ topic, partition: PARTITION, key: 'call', value })
  for (let no = 0; no < CALLS; no += 1) {
    const ids = { callId: `c${no}`, decisionId: `d${no}` }
    const reason = { ...applied, ...ids, eventId: `e${no}` }
    for (let time = 0; time < 2; time += 1) {
      await append('audit.decision', codec.encode('audit.decision', { ...decision, ...ids }))
      await append('audit.fallback', codec.encode('audit.fallback', reason))
    }
    if (late?.value == null || no > 0) continue
    const target = { type: 'QUEUE', id: 'vip' } as const
    const told = { ...late.value, ...ids, differs: true, counterfactualTarget: target }
    await append('audit.late', codec.encode('audit.late', told))
  }
  const value = Buffer.from('no Avro, from +4915112345678')
  const cause = { code: 'XP_RECORD_UNREADABLE', message: 'no Avro', service: 'test/1' } as const
  for (const topic of ['call.lookup', 'call.arrived'] as const) {
    const headers = { 'request-no': '1' }
    const place = { topic, partition: PARTITION, key: 'poisoned', value, headers }
    const { offset, appendedAt } = await producer.append(place)
    const original = { offset, appendedAt: appendedAt - 120_000, key: Buffer.from('poisoned') }
    const bytes = { 'request-no': Buffer.from('1') }
    await producer.append(deadLetter({ ...place, ...original, headers: bytes }, cause))
    if (topic === 'call.lookup') continue
    const arrivalAt = { topic, partition: PARTITION, offset }
    const decided = codec.encode('call.routed', { ...routed, callId: 'poisoned', arrivalAt })
    await producer.append({ ...place, topic: 'call.routed', value: decided })
  }
  await producer.close(5000)
}

beforeAll(async () => {
  Object.assign(process.env, environment)
  expect((await crosspoint('topics', 'apply')).code).toBe(0)
  expect((await crosspoint('schemas', 'apply')).code).toBe(0)
  await withTool('test', write)
})
afterAll(() => {
  for (const name of Object.keys(environment)) {
    if (before[name] === undefined) delete process.env[name]
    else process.env[name] = before[name]
  }
  rmSync(scratch, { recursive: true, force: true })
})

describe('analysts', () => {
  test('export without repeats, go on, and ask in SQL', async () => {
    const out = join(scratch, 'audit')
    const args = ['audit', 'export', '--out', out, '--format', 'parquet', '--json']
    const table = (rows: number, repeats: number) =>
      expect.objectContaining({ table: 'fallback', rows, repeats })
    expect(await answer(...args)).toMatchObject({
      tables: expect.arrayContaining([table(CALLS, CALLS)]),
    })
    expect(await answer(...args)).toMatchObject({ tables: expect.arrayContaining([table(0, 0)]) })
    expect(readdirSync(join(out, 'fallback'))).toEqual(['part-00001.parquet'])
    const sql = 'SELECT decisive, count(*) AS n FROM reason GROUP BY ALL ORDER BY n'
    const expected = [
      { decisive: 'YES', n: 1 },
      { decisive: 'UNKNOWN', n: CALLS - 1 },
    ]
    expect(await answer('audit', 'sql', sql, '--export', out, '--json')).toEqual(expected)
    expect(await answer('audit', 'sql', sql, '--json')).toEqual(expected)
  })

  test('report over the topics, with a page', async () => {
    const page = join(scratch, 'report.html')
    expect(await answer('audit', 'report', '--html', page, '--json')).toMatchObject({
      calls: CALLS,
      failed: CALLS,
      changed: 1,
      queues: [{ target: 'general', count: CALLS }],
    })
    expect(readFileSync(page, 'utf8')).toContain('<h2>By dependency</h2>')
  })

  test('are told of a wrong query, range or folder, with exit code 2', async () => {
    const wrong = [
      ['audit', 'sql', 'DROP TABLE decision'],
      ['audit', 'report', '--from', 'yesterday'],
      ['audit', 'sql', 'SELECT 1', '--export', join(scratch, 'nowhere')],
      ['audit', 'export', '--out', scratch, '--format', 'xml'],
    ]
    for (const args of wrong) expect(await crosspoint(...args)).toMatchObject({ code: 2, out: '' })
  })
})

describe('operators', () => {
  test('list and look at dead letters without seeing a number', async () => {
    const listed = (await answer('dlt', 'list', '--json')) as { readonly name: string }[]
    expect(listed.map(({ name }) => name).toSorted()).toEqual([
      `call.arrived.dlt/${PARTITION}/0`,
      `call.lookup.dlt/${PARTITION}/0`,
    ])
    const { out } = await crosspoint('dlt', 'show', `call.lookup.dlt/${PARTITION}/0`)
    expect(out).toContain('no Avro, from +*')
    expect(out).not.toMatch(/4915112345678|34 39 31 35/u)
  })

  test('put back a lookup; an arrival that would be decided twice is refused', async () => {
    const lookup = await answer('dlt', 'redrive', '--topic', 'call.lookup', '--yes', '--json')
    expect(lookup).toMatchObject([{ refused: null, offset: 1, partition: PARTITION }])
    const arrived = await crosspoint('dlt', 'redrive', `call.arrived.dlt/${PARTITION}/0`, '--yes')
    expect(arrived.code).toBe(1)
    expect(arrived.err).toContain('error XP_DLT_REFUSED')
    expect(arrived.err).toContain('decided a second time')
  })

  test('nothing goes back without a yes', async () => {
    const { code, err } = await crosspoint('dlt', 'redrive', '--topic', 'call.lookup')
    expect([code, err.includes('--yes')]).toEqual([2, true])
  })
})
