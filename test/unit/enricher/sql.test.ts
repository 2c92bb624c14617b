/** The SQL connector against a real PostgreSQL in this process, and against servers that hang (F16). */
import { PGlite } from '@electric-sql/pglite'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type PgliteServer, servePglite } from '../../../infra/stubs/pglite-server.ts'
import type { Connector } from '../../../services/enricher/connectors/connector.ts'
import type { Phase } from '../../../services/enricher/core/live.ts'
import type { DependencyPolicy } from '../../../services/policy/policy.ts'
import { loadConnector } from './loaded.ts'

const keep = { audit: 'keep', screen: false } as const
const PRIORITY: DependencyPolicy = {
  name: 'priority',
  timeoutMs: 1000,
  staleAfterMs: null,
  needs: null,
  facts: { vip: { type: 'boolean', ...keep }, level: { type: 'long', ...keep } },
}
const QUERY = 'select phone, vip, level, updated_at from priority_callers where phone = $1'

const closers: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close()
})

async function connectorTo(port: number, query = QUERY, connections = 1): Promise<Connector> {
  const text = `
connectors:
  priority:
    type: sql
    asked: priority entry by phone number
    url: \${env:PRIORITY_DATABASE_URL}
    query: ${JSON.stringify(query)}
    parameters: [ani]
    limits: { connections: ${connections} }
    identity: { column: phone, equals: ani }
    syncedAt: updated_at
    facts: { vip: vip, level: level }
`
  const env = { PRIORITY_DATABASE_URL: `postgresql://postgres@127.0.0.1:${port}/postgres` }
  const question = { file: 'connectors.yaml', env, dependency: PRIORITY }
  const connector = await loadConnector(text, question).open()
  closers.push(() => connector.close())
  return connector
}

const phases: Phase[] = []

function ask(connector: Connector, ani = '+49301', signal = new AbortController().signal) {
  phases.length = 0
  const control = { signal, remainingMs: 500, reached: (phase: Phase) => void phases.push(phase) }
  return connector.ask({ ani }, control)
}

describe('The SQL connector against PostgreSQL', () => {
  let database: PGlite
  let server: PgliteServer
  let port = 0

  beforeAll(async () => {
    database = await PGlite.create()
    await database.exec(`
      create table priority_callers (phone text, vip boolean, level bigint, updated_at timestamptz);
      insert into priority_callers values
        ('+49301', true, 3, '2026-11-20T10:00:00.5Z'),
        ('+49302', true, 1, null), ('+49302', false, 2, null);
    `)
    server = await servePglite(database, '127.0.0.1')
    port = server.port
  }, 60_000)
  afterAll(async () => {
    await server.close()
    await database.close()
  })

  it('tells no row, one and several apart, and reads times and whole numbers', async () => {
    const connector = await connectorTo(port)
    expect(await ask(connector)).toEqual({
      kind: 'FOUND',
      facts: { vip: true, level: 3 },
      syncedAt: Date.parse('2026-11-20T10:00:00.500Z'),
    })
    expect(phases).toEqual(['RESPONSE'])
    expect(await ask(connector, '+49302')).toEqual({ kind: 'MULTIPLE_MATCH' })
    expect(await ask(connector, '+49303')).toEqual({ kind: 'NO_MATCH' })
  })

  it('takes a value as a value, whatever it says', async () => {
    const sly = "x' or '1'='1"
    expect(await ask(await connectorTo(port), sly)).toEqual({ kind: 'NO_MATCH' })
  })

  it('tells the SQLSTATE of a query the server refuses, and goes on with the connection', async () => {
    const connector = await connectorTo(port, 'select phone from no_such_table where phone = $1')
    for (let time = 0; time < 2; time++) {
      expect(await ask(connector)).toMatchObject({
        kind: 'FAILED',
        cause: 'ERROR_STATUS',
        detail: 'answered with SQLSTATE 42P01',
      })
    }
  })

  it('refuses the row of somebody else', async () => {
    const query =
      "select '+49999' as phone, vip, level, updated_at from priority_callers where phone = $1"
    expect(await ask(await connectorTo(port, query))).toMatchObject({
      cause: 'BAD_RESPONSE',
      detail: 'gave the record of somebody else',
    })
  })
})

describe('The SQL connector against a server in trouble (F16)', () => {
  async function listen(onSocket: (socket: Socket) => void) {
    const sockets: Socket[] = []
    const server: Server = createServer((socket) => {
      sockets.push(socket)
      socket.on('error', () => {})
      onSocket(socket)
    })
    closers.push(async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return { port: (server.address() as AddressInfo).port, sockets, server }
  }
  /** Lets anybody in, as the protocol's AuthenticationOk and ReadyForQuery do. */
  const letIn = (socket: Socket): void => {
    const ready = Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 0, 0x5a, 0, 0, 0, 5, 0x49])
    socket.once('data', () => socket.write(ready))
  }

  it('is still connecting when it accepts and hangs, and destroys the connection', async () => {
    const accepted = Promise.withResolvers<Socket>()
    const { port } = await listen((socket) => accepted.resolve(socket.resume()))
    const control = new AbortController()
    const asked = ask(await connectorTo(port), '+49301', control.signal)
    const socket = await accepted.promise
    expect(phases).toEqual([])
    const closed = new Promise((resolve) => socket.on('close', resolve))
    control.abort()
    expect(await asked).toMatchObject({ kind: 'FAILED' })
    await closed
  })

  it('is waiting for the response when the query hangs, and never uses the connection again', async () => {
    const queried = Promise.withResolvers<Socket>()
    const { port, sockets } = await listen((socket) => {
      letIn(socket)
      let reads = 0
      socket.on('data', () => {
        reads += 1
        if (reads === 2) queried.resolve(socket)
      })
    })
    const connector = await connectorTo(port)
    const control = new AbortController()
    const asked = ask(connector, '+49301', control.signal)
    const socket = await queried.promise
    expect(phases).toEqual(['RESPONSE'])
    const closed = new Promise((resolve) => socket.on('close', resolve))
    control.abort()
    expect(await asked).toMatchObject({ kind: 'FAILED' })
    await closed
    const again = new AbortController()
    const second = ask(connector, '+49301', again.signal)
    await expect.poll(() => sockets.length).toBe(2)
    again.abort()
    await second
  })

  it('tells refused, cut and exhausted apart', async () => {
    const { port, server } = await listen((socket) => socket.destroy())
    expect(await ask(await connectorTo(port))).toMatchObject({
      cause: 'UNREACHABLE',
      detail: 'cut the connection',
    })
    await new Promise((resolve) => server.close(resolve))
    expect(await ask(await connectorTo(port))).toMatchObject({
      cause: 'UNREACHABLE',
      detail: 'refused the connection',
    })
    const hanging = await listen(() => {})
    const connector = await connectorTo(hanging.port)
    const control = new AbortController()
    const held = [1, 2].map(() => ask(connector, '+49301', control.signal))
    expect(await ask(connector)).toMatchObject({ cause: 'OVERLOADED' })
    control.abort()
    await Promise.all(held)
  })
})
