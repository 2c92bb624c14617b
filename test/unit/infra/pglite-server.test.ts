import { PGlite } from '@electric-sql/pglite'
import { once } from 'node:events'
import { Client } from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type PgliteServer, servePglite } from '../../../infra/stubs/pglite-server.ts'

let database: PGlite
let server: PgliteServer
const clients: Client[] = []

beforeAll(async () => {
  database = await PGlite.create()
  await database.exec('create table counted (one integer)')
  server = await servePglite(database, '127.0.0.1')
})
afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.end()))
})
afterAll(async () => {
  await server.close()
  await database.close()
})

async function open(): Promise<Client> {
  const url = `postgresql://postgres@127.0.0.1:${server.port}/postgres`
  const client = new Client({ connectionString: url })
  client.on('error', () => {})
  await client.connect()
  clients.push(client)
  return client
}

/** Version 3.0 of the protocol, and who asks. */
const STARTUP = sized(Buffer.from('\0\u0003\0\0user\0postgres\0database\0postgres\0\0'))

/** Parse, Bind, Execute and Flush of one statement. */
const withoutSync = (text: string): Buffer =>
  Buffer.concat(
    [
      ['P', `\0${text}\0\0\0`],
      ['B', '\0\0\0\0\0\0\0\0'],
      ['E', '\0\0\0\0\0'],
      ['H', ''],
    ].flatMap(([type = '', body = '']) => [Buffer.from(type), sized(Buffer.from(body))]),
  )

function sized(body: Buffer): Buffer {
  const length = Buffer.alloc(4)
  length.writeInt32BE(body.length + 4)
  return Buffer.concat([length, body])
}

const count = async (client: Client): Promise<unknown> =>
  (await client.query('select count(*)::int as rows from counted where one > $1', [0])).rows

describe('a PGlite that many clients share', () => {
  it('answers each with what it asked for, mistakes too', async () => {
    const [one, other] = await Promise.all([open(), open()])
    const asked = Array.from({ length: 20 }, (_, number) => [
      one.query('select $1::int as number', [number]),
      other.query('select nothing').catch((error: unknown) => error),
      other.query('select $1::int as number', [-number]),
    ])
    const answered = (await Promise.all(asked.flat())) as { rows: unknown; code: string }[]
    expect(answered.map(({ rows, code }) => rows ?? code)).toEqual(
      asked.flatMap((_, number) => [[{ number }], '42703', [{ number: 0 - number }]]),
    )
  })

  it('keeps all others waiting while one is in a transaction', async () => {
    const [one, other] = await Promise.all([open(), open()])
    await one.query('begin')
    await one.query('insert into counted values (1)')
    const seen = count(other)
    expect(await count(one)).toEqual([{ rows: 1 }])
    await one.query('rollback')
    expect(await seen).toEqual([{ rows: 0 }])
  })

  it('takes back what a client began and left', async () => {
    const [one, other] = await Promise.all([open(), open()])
    await one.query('begin')
    await one.query('insert into counted values (1)')
    const seen = count(other)
    await one.end()
    expect(await seen).toEqual([{ rows: 0 }])
  })

  it('takes back what was left without a Sync, and mistakes', async () => {
    const other = await open()
    for (const text of ['insert into counted values (1)', 'no statement at all']) {
      const left = server.connect()
      left.on('error', () => {})
      left.write(STARTUP)
      await once(left, 'data')
      left.write(withoutSync(text))
      await once(left, 'data')
      left.destroy()
      expect(await count(other)).toEqual([{ rows: 0 }])
    }
  })
})
