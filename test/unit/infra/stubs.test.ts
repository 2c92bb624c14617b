import { once } from 'node:events'
import { Client } from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createGroundTruth, truthId, type TruthLine } from '../../../infra/stubs/ground-truth.ts'
import { LINES } from '../../../infra/stubs/lines.ts'
import { createPeople } from '../../../infra/stubs/people.ts'
import { FREE_PORTS, startStubs, type Stubs } from '../../../infra/stubs/stubs.ts'

const people = createPeople(7, 300)
const truth = createGroundTruth()
let stubs: Stubs

beforeAll(async () => {
  stubs = await startStubs({
    host: '127.0.0.1',
    ports: FREE_PORTS,
    people,
    seed: 7,
    pace: 'instant',
    truth,
    priorityDatabaseUrl: null,
  })
}, 60_000)
afterAll(() => stubs.close())
afterEach(async () => {
  await fetch(`http://127.0.0.1:${stubs.ports.control}/faults`, { method: 'DELETE' })
})

const PHONE = people.knownPhones[0] ?? ''
const CUSTOMER = people.customersByPhone.get(PHONE)?.[0]?.id ?? ''

async function put(dependency: string, fault: object): Promise<number> {
  const response = await fetch(`http://127.0.0.1:${stubs.ports.control}/faults/${dependency}`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(fault),
  })
  return response.status
}

const get = (port: number, path: string, limitMs = 5000): Promise<Response> =>
  fetch(`http://127.0.0.1:${port}${path}`, { signal: AbortSignal.timeout(limitMs) })
const customers = (phone = PHONE, limitMs?: number): Promise<Response> =>
  get(stubs.ports.crm, `/v1/customers?phone=${encodeURIComponent(phone)}`, limitMs)
const account = (id = CUSTOMER): Promise<Response> => get(stubs.ports.billing, `/v1/accounts/${id}`)
const line = (dnis = LINES[0]?.dnis ?? ''): Promise<Response> =>
  get(stubs.ports.scheduling, `/v1/lines/${dnis}`)
const causeOf = (error: unknown): unknown => (error as { cause?: { code?: unknown } }).cause?.code

async function priority(phone: string, limitMs = 2000): Promise<unknown[]> {
  const client = new Client({
    connectionString: stubs.priorityUrl,
    connectionTimeoutMillis: limitMs,
    query_timeout: limitMs,
  })
  client.on('error', () => {})
  try {
    await client.connect()
    const text = 'select vip, level, updated_at from priority_callers where phone = $1'
    return (await client.query(text, [phone])).rows
  } finally {
    // A client that never got connected has nothing to say good-bye to.
    client.end().catch(() => {})
  }
}

describe('healthy systems of record', () => {
  it('the CRM gives no, one or several customers for a number', async () => {
    const several = people.knownPhones.find(
      (phone) => (people.customersByPhone.get(phone)?.length ?? 0) > 1,
    )
    const counts = await Promise.all(
      ['+447700900001', PHONE, several].map(async (phone) => {
        const body = (await (await customers(phone)).json()) as { matches: unknown[] }
        return body.matches.length
      }),
    )
    expect(counts[0]).toBe(0)
    expect(counts[1]).toBe(people.customersByPhone.get(PHONE)?.length)
    expect(counts[2]).toBeGreaterThan(1)
  })

  it('the CRM takes a plus that was not encoded', async () => {
    const response = await get(stubs.ports.crm, `/v1/customers?phone=${PHONE}`)
    expect(await response.json()).toMatchObject({ matches: [{ phone: PHONE }] })
  })

  it('billing gives an account, or 404', async () => {
    expect(await (await account()).json()).toMatchObject({ customerId: CUSTOMER })
    expect((await account('C-none')).status).toBe(404)
  })

  it('scheduling gives a line, or 404', async () => {
    expect(await (await line()).json()).toMatchObject({ open: true, seniorOnShift: true })
    expect((await line('+4900')).status).toBe(404)
  })

  it('the priority database answers many clients at once, each with its own row', async () => {
    const asked = people.priorities.slice(0, 30)
    const rows = await Promise.all(asked.map(({ phone }) => priority(phone)))
    expect(rows.map(([row]) => Number((row as { level: string }).level))).toEqual(
      asked.map(({ level }) => level),
    )
  })
})

describe('faults of an HTTP system', () => {
  it('latency: answers that much later', async () => {
    await put('crm', { mode: 'latency', ms: 300 })
    await expect(customers(PHONE, 250)).rejects.toMatchObject({ name: 'TimeoutError' })
    expect((await customers(PHONE, 5000)).status).toBe(200)
  })

  it('latency: a share of the answers takes as long as the tail says', async () => {
    await put('crm', { mode: 'latency', ms: 0, tail: { share: 1, ms: 300 } })
    await expect(customers(PHONE, 250)).rejects.toMatchObject({ name: 'TimeoutError' })
    expect((await customers(PHONE, 5000)).status).toBe(200)
  })

  it('hang: takes the request and never answers', async () => {
    await put('crm', { mode: 'hang' })
    await expect(customers(PHONE, 300)).rejects.toMatchObject({ name: 'TimeoutError' })
  })

  it('drip: the head comes at once, the body byte by byte', async () => {
    await put('crm', { mode: 'drip', bytesPerS: 1 })
    const response = await customers(PHONE, 500)
    expect(response.status).toBe(200)
    await expect(response.text()).rejects.toMatchObject({ name: 'TimeoutError' })
  })

  it('refuse: the port is closed, and heals on the same port', async () => {
    await customers()
    await put('crm', { mode: 'refuse' })
    const error = await customers().catch((caught: unknown) => caught)
    expect(causeOf(error)).toBe('ECONNREFUSED')
    await put('crm', { mode: 'healthy' })
    expect((await customers()).status).toBe(200)
  })

  it('unreachable: connects hang, and it heals on the same port', async () => {
    await put('crm', { mode: 'unreachable' })
    await expect(customers(PHONE, 300)).rejects.toMatchObject({ name: 'TimeoutError' })
    await put('crm', { mode: 'healthy' })
    expect((await customers()).status).toBe(200)
  })

  it('reset: the connection breaks in the middle of the body', async () => {
    await put('crm', { mode: 'reset' })
    const response = await customers()
    await expect(response.text()).rejects.toThrow()
  })

  it('status: with Retry-After when told', async () => {
    await put('billing', { mode: 'status', status: 429, retryAfterS: 3 })
    const response = await account()
    expect([response.status, response.headers.get('retry-after')]).toEqual([429, '3'])
  })

  it('badJson, wrongTypes, partial, wrongCaller, hugeBody spoil the body only', async () => {
    await put('billing', { mode: 'badJson' })
    await expect(account().then((response) => response.json())).rejects.toThrow(SyntaxError)
    await put('billing', { mode: 'wrongTypes' })
    const wrong = (await (await account()).json()) as { pastDue: unknown }
    expect(typeof wrong.pastDue).toBe('string')
    await put('billing', { mode: 'partial' })
    expect(await (await account()).json()).not.toHaveProperty('pastDue')
    await put('billing', { mode: 'wrongCaller' })
    const other = (await (await account()).json()) as { customerId: string }
    expect(other.customerId).not.toBe(CUSTOMER)
    await put('billing', { mode: 'hugeBody', bytes: 1_000_000 })
    expect((await (await account()).text()).length).toBeGreaterThan(1_000_000)
  })

  it('stale, futureSync and noSync speak of the data, not of the transport', async () => {
    const syncedAt = async (): Promise<string | undefined> =>
      ((await (await line()).json()) as { syncedAt?: string }).syncedAt
    await put('scheduling', { mode: 'stale', ageMs: 3_600_000 })
    expect(Date.parse((await syncedAt()) ?? '')).toBeLessThan(Date.now() - 3_590_000)
    await put('scheduling', { mode: 'futureSync' })
    expect(Date.parse((await syncedAt()) ?? '')).toBeGreaterThan(Date.now() + 3_000_000)
    await put('scheduling', { mode: 'noSync' })
    expect(await syncedAt()).toBeUndefined()
  })

  it('a share strikes some requests and spares the others', async () => {
    await put('billing', { mode: 'status', status: 503, share: 0.5 })
    const statuses = await Promise.all(
      Array.from({ length: 40 }, async () => (await account()).status),
    )
    expect(new Set(statuses)).toEqual(new Set([200, 503]))
  })
})

describe('faults of the priority database', () => {
  const { phone = '' } = people.priorities[0] ?? {}

  it('refuse: the port is closed', async () => {
    await put('priority', { mode: 'refuse' })
    await expect(priority(phone)).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  })

  it.each(['hang', 'unreachable', 'lockWait'])(
    '%s: a client waits until it gives up',
    async (mode) => {
      await put('priority', { mode })
      await expect(priority(phone, 400)).rejects.toThrow(/timeout/i)
      await put('priority', { mode: 'healthy' })
      expect(await priority(phone)).toHaveLength(1)
    },
  )

  it('lockWait: all who waited get their own rows once it is over, also past those who left', async () => {
    const asked = people.priorities.slice(0, 60)
    await put('priority', { mode: 'lockWait' })
    const left = asked.slice(0, 10).map((one) => priority(one.phone, 300).catch(() => 'left'))
    const waiting = Promise.all(asked.map((one) => priority(one.phone, 20_000)))
    expect(new Set(await Promise.all(left))).toEqual(new Set(['left']))
    await put('priority', { mode: 'healthy' })
    const levels = (await waiting).map(([row]) => Number((row as { level: string }).level))
    expect(levels).toEqual(asked.map(({ level }) => level))
  })

  it('reset: the connection breaks', async () => {
    await put('priority', { mode: 'reset' })
    await expect(priority(phone)).rejects.toThrow()
  })

  it('full: open sessions end and new ones are turned away, until it is healed', async () => {
    const open = new Client({ connectionString: stubs.priorityUrl })
    const broken = once(open, 'error')
    open.on('error', () => {})
    await open.connect()
    await put('priority', { mode: 'full' })
    await broken
    await expect(priority(phone)).rejects.toMatchObject({ code: '53300', severity: 'FATAL' })
    await put('priority', { mode: 'healthy' })
    expect(await priority(phone)).toHaveLength(1)
  })

  it('stale, noSync: the rows say so', async () => {
    await put('priority', { mode: 'stale', ageMs: 3_600_000 })
    const [stale] = (await priority(phone)) as { updated_at: Date }[]
    expect(stale?.updated_at.getTime()).toBeLessThan(Date.now() - 3_590_000)
    await put('priority', { mode: 'noSync' })
    expect(await priority(phone)).toMatchObject([{ updated_at: null }])
    await put('priority', { mode: 'healthy' })
    const [fresh] = (await priority(phone)) as { updated_at: Date }[]
    expect(fresh?.updated_at.getTime()).toBeGreaterThan(Date.now() - 60_000)
  })
})

describe('control port', () => {
  it('refuses what a system can not have, an unknown mode and an unknown system', async () => {
    expect(await put('priority', { mode: 'badJson' })).toBe(400)
    expect(await put('crm', { mode: 'lockWait' })).toBe(400)
    expect(await put('crm', { mode: 'full' })).toBe(400)
    expect(await put('crm', { mode: 'sulk' })).toBe(400)
    expect(await put('weather', { mode: 'hang' })).toBe(404)
  })
})

describe('ground truth', () => {
  const since = (from: number): readonly TruthLine[] => truth.lines.slice(from)

  it('tells each request with its identifier hashed, what struck it and how it ended', async () => {
    const from = truth.lines.length
    await put('crm', { mode: 'status', status: 500 })
    await (await customers()).text()
    await expect
      .poll(() => since(from).map(({ kind }) => kind))
      .toEqual(['fault', 'request', 'ended'])
    expect(since(from)).toMatchObject([
      { dependency: 'crm', fault: { mode: 'status', status: 500 } },
      { dependency: 'crm', identifier: truthId('crm', PHONE), mode: 'status' },
      { how: 'answered', status: 500 },
    ])
  })

  it('tells a query of the priority database by the number it asked for', async () => {
    const from = truth.lines.length
    const { phone = '' } = people.priorities[0] ?? {}
    await priority(phone)
    expect(since(from).slice(0, 2)).toMatchObject([
      { kind: 'request', identifier: truthId('priority', phone), mode: 'healthy' },
      { kind: 'ended', how: 'answered' },
    ])
  })

  it('holds no number in clear', () => {
    expect(JSON.stringify(truth.lines)).not.toMatch(/\+\d{6}/)
  })
})
