/** Real HTTP servers on the loopback address, one for each way a dependency can misbehave (F12-F14). */
import { createServer, type RequestListener, type Server } from 'node:http'
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import type { Connector } from '../../../services/enricher/connectors/connector.ts'
import type { Phase, RawResult } from '../../../services/enricher/core/live.ts'
import { shapeAnswer } from '../../../services/enricher/core/shape.ts'
import { loadConnector } from './loaded.ts'
import { CRM } from './world.ts'

const closers: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close()
})

function listen(server: Server | ReturnType<typeof createTcpServer>): Promise<number> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
  })
  closers.push(async () => {
    for (const socket of sockets) socket.destroy()
    await new Promise((resolve) => server.close(resolve))
  })
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port))
  })
}

async function connectorTo(port: number): Promise<Connector> {
  const text = `
connectors:
  crm:
    type: http
    asked: customer by phone number
    url: \${env:CRM_URL}/v1/customers
    query: { phone: '{ani}' }
    headers: { authorization: 'Bearer \${env:CRM_TOKEN}' }
    matches: matches
    identity: { path: phone, equals: '{ani}' }
    syncedAt: updatedAt
    facts: { customerId: id, tier: tier }
`
  const env = { CRM_URL: `http://127.0.0.1:${port}`, CRM_TOKEN: 'token-1' }
  const connector = await loadConnector(text, {
    file: 'connectors.yaml',
    env,
    dependency: CRM,
  }).open()
  closers.push(() => connector.close())
  return connector
}

interface Asked {
  readonly result: RawResult | 'hangs'
  readonly phases: readonly Phase[]
}

/** Asks once; `hangs` when there is no answer until `seen` resolves. */
async function ask(connector: Connector, seen?: Promise<unknown>): Promise<Asked> {
  const phases: Phase[] = []
  const control = new AbortController()
  const asked = connector.ask(
    { ani: '+4930123' },
    { signal: control.signal, remainingMs: 2000, reached: (phase) => phases.push(phase) },
  )
  const hung = seen?.then(() => 'hangs' as const)
  const result = await Promise.race(hung === undefined ? [asked] : [asked, hung])
  control.abort()
  return { result, phases }
}

async function askServer(handler: RequestListener): Promise<RawResult | 'hangs'> {
  const connector = await connectorTo(await listen(createServer(handler)))
  return (await ask(connector)).result
}

const customer = {
  id: 'c-1',
  phone: '+4930123',
  tier: 'STANDARD',
  updatedAt: '2026-11-20T10:00:00Z',
}
const json =
  (body: unknown, status = 200, headers = {}): RequestListener =>
  (_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers })
    response.end(typeof body === 'string' ? body : JSON.stringify(body))
  }

describe('The HTTP connector', () => {
  it('asks with escaped values and secrets from the environment, and maps the answer', async () => {
    let asked: unknown[] = []
    const result = await askServer((request, response) => {
      asked = [request.method, request.url, request.headers.authorization]
      json({ matches: [customer] })(request, response)
    })
    expect(asked).toEqual(['GET', '/v1/customers?phone=%2B4930123', 'Bearer token-1'])
    expect(result).toEqual({
      kind: 'FOUND',
      facts: { customerId: 'c-1', tier: 'STANDARD' },
      syncedAt: Date.parse('2026-11-20T10:00:00Z'),
    })
  })

  it('tells no match, one and several apart', async () => {
    expect(await askServer(json({ matches: [] }))).toEqual({ kind: 'NO_MATCH' })
    expect(await askServer(json({}, 404))).toEqual({ kind: 'NO_MATCH' })
    const several = json({ matches: [customer, { ...customer, id: 'c-2' }] })
    expect(await askServer(several)).toEqual({ kind: 'MULTIPLE_MATCH' })
  })

  const rows: [string, RequestListener, object][] = [
    ['status 500', json({}, 500), { cause: 'ERROR_STATUS', blame: 'dependency', retry: false }],
    ['status 503', json({}, 503), { cause: 'ERROR_STATUS', retry: true }],
    ['status 400', json({}, 400), { cause: 'ERROR_STATUS', blame: 'record' }],
    ['status 401', json({}, 401), { cause: 'ERROR_STATUS', blame: 'dependency' }],
    [
      'a redirect, which is not followed',
      json({}, 302, { location: 'http://127.0.0.1:1/' }),
      { cause: 'ERROR_STATUS', detail: 'answered with status 302' },
    ],
    [
      '429 with Retry-After',
      json({}, 429, { 'retry-after': '3' }),
      { cause: 'OVERLOADED', retryAfterMs: 3000 },
    ],
    [
      'bad JSON',
      json('{"matches": ['),
      { cause: 'BAD_RESPONSE', detail: 'gave an answer that is not JSON' },
    ],
    [
      'JSON of another shape',
      json({ customers: [] }),
      { cause: 'BAD_RESPONSE', detail: 'gave an answer without the list of matches' },
    ],
    [
      'the record of another caller',
      json({ matches: [{ ...customer, phone: '+49999' }] }),
      { cause: 'BAD_RESPONSE', blame: 'record', detail: 'gave the record of somebody else' },
    ],
    [
      'a 10 MB body',
      json('x'.repeat(10_000_000)),
      { cause: 'BAD_RESPONSE', blame: 'record', detail: 'gave more than 262144 bytes' },
    ],
    [
      'an endless body without a length',
      (_request, response) => {
        const write = (): void => {
          if (!response.destroyed && response.write('x'.repeat(65_536))) setImmediate(write)
        }
        response.on('drain', write)
        write()
      },
      { cause: 'BAD_RESPONSE', detail: 'gave more than 262144 bytes' },
    ],
    [
      'a reset in the middle of the body',
      (_request, response) => {
        response.writeHead(200, { 'content-length': '1000' })
        response.write('{"matches"', () => (response.socket as Socket).resetAndDestroy())
      },
      { cause: 'BAD_RESPONSE', detail: 'broke its answer off', retry: true },
    ],
    [
      'a reset before any answer',
      (request) => void request.socket.resetAndDestroy(),
      { cause: 'UNREACHABLE', detail: 'cut the connection', retry: true },
    ],
  ]
  it.each(rows)('gives %s its own cause', async (_name, handler, expected) => {
    expect(await askServer(handler)).toMatchObject({ kind: 'FAILED', ...expected })
  })

  it('tells a refused connection', async () => {
    const server = createServer()
    const port = await listen(server)
    await new Promise((resolve) => server.close(resolve))
    const { result, phases } = await ask(await connectorTo(port))
    expect(result).toMatchObject({ cause: 'UNREACHABLE', detail: 'refused the connection' })
    expect(phases).toEqual([])
  })

  it('tells what does not speak HTTP', async () => {
    const port = await listen(
      createTcpServer((socket) => void socket.once('data', () => socket.end('220 mail\r\n\r\n'))),
    )
    expect((await ask(await connectorTo(port))).result).toMatchObject({ cause: 'BAD_RESPONSE' })
  })

  it('is past connecting when a server accepts and never answers', async () => {
    const seen = Promise.withResolvers<void>()
    const connector = await connectorTo(await listen(createServer(() => seen.resolve())))
    expect(await ask(connector, seen.promise)).toEqual({ result: 'hangs', phases: ['RESPONSE'] })
  })

  it('goes on waiting for a server that gives one byte at a time, until it is given up', async () => {
    const sent = Promise.withResolvers<void>()
    const closed = Promise.withResolvers<void>()
    const port = await listen(
      createServer((_request, response) => {
        response.on('close', () => closed.resolve())
        response.writeHead(200)
        response.write('{', () => response.write('"', () => sent.resolve()))
      }),
    )
    expect((await ask(await connectorTo(port), sent.promise)).result).toBe('hangs')
    await closed.promise
  })

  it('is still connecting while TLS hangs', async () => {
    const connected = Promise.withResolvers<void>()
    const port = await listen(createTcpServer(() => connected.resolve()))
    const text = `
connectors:
  crm: { type: http, asked: x, url: 'https://127.0.0.1:${port}/', facts: { tier: tier } }
`
    const question = { file: 'connectors.yaml', env: {}, dependency: CRM }
    const connector = await loadConnector(text, question).open()
    closers.push(() => connector.close())
    expect(await ask(connector, connected.promise)).toEqual({ result: 'hangs', phases: [] })
  })

  it('fails an answer with a wrong type, and tells absent from null', async () => {
    const odd = { ...customer, tier: 7 }
    const raw = await askServer(json({ matches: [odd] }))
    expect(raw).toMatchObject({ kind: 'FOUND' })
    expect(shapeAnswer(raw as never, CRM.facts)).toMatchObject({
      kind: 'FAILED',
      cause: 'BAD_RESPONSE',
      blame: 'record',
      detail: 'gave a wrong type for tier, expected string',
    })
    const { tier: _tier, ...partial } = customer
    const part = await askServer(json({ matches: [partial] }))
    expect(shapeAnswer(part as never, CRM.facts)).toMatchObject({ missing: ['tier'] })
    const none = await askServer(json({ matches: [{ ...customer, tier: null }] }))
    expect(shapeAnswer(none as never, CRM.facts)).toMatchObject({
      missing: [],
      facts: { tier: null },
    })
  })

  it('gives no stamp where the source gave none that can be read', async () => {
    for (const updatedAt of [undefined, null, 'yesterday', '2026-11-20T10:00:00', {}]) {
      const result = await askServer(json({ matches: [{ ...customer, updatedAt }] }))
      expect(result).toMatchObject({ kind: 'FOUND', syncedAt: null })
    }
  })
})
