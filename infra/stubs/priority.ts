/**
 * The priority database: table `priority_callers(phone, vip, level, updated_at)` in PGlite, or in a
 * real PostgreSQL when one is named. Row faults are real rows, the lock is a real lock; with
 * PGlite others wait for their turn before they reach it.
 */
import { PGlite } from '@electric-sql/pglite'
import { connect } from 'node:net'
import type { Duplex } from 'node:stream'
import { Client } from 'pg'
import type { Fault } from './faults.ts'
import type { Priority } from './people.ts'
import { servePglite } from './pglite-server.ts'

export interface PriorityDatabase {
  /** A connection for a client of the front. */
  connect(): Duplex
  /** How a client connects through a front on another address; holds the password, if there is one. */
  urlAt(host: string, port: number): string
  /** Makes rows stale or unsynchronised, or holds the table locked, until the next call. */
  setFault(fault: Fault): Promise<void>
  close(): Promise<void>
}

const CONNECT_MS = 5000

const TABLE = `
  create table if not exists priority_callers (
    phone text primary key,
    vip boolean not null,
    level bigint not null,
    updated_at timestamptz
  )`
const FILL = `
  insert into priority_callers (phone, vip, level, updated_at)
  select phone, vip, level, now()
  from unnest($1::text[], $2::boolean[], $3::bigint[]) as rows (phone, vip, level)
  on conflict (phone) do update
  set vip = excluded.vip, level = excluded.level, updated_at = excluded.updated_at`

async function seed(client: Client, rows: readonly Priority[]): Promise<void> {
  await client.query(TABLE)
  await client.query(FILL, [
    rows.map(({ phone }) => phone),
    rows.map(({ vip }) => vip),
    rows.map(({ level }) => level),
  ])
}

async function applyFault(client: Client, fault: Fault): Promise<void> {
  const synced = 'update priority_callers set updated_at ='
  if (fault.mode === 'lockWait') {
    await client.query('begin')
    await client.query('lock table priority_callers in access exclusive mode')
  } else if (fault.mode === 'stale') {
    await client.query(`${synced} now() - $1 * interval '1 millisecond'`, [fault.ageMs])
  } else if (fault.mode === 'futureSync') {
    await client.query(`${synced} now() + $1 * interval '1 millisecond'`, [fault.aheadMs])
  } else if (fault.mode === 'noSync') {
    await client.query(`${synced} null`)
  }
}

const TOUCHES_ROWS = new Set(['stale', 'futureSync', 'noSync'])

/** Everything that is alike for both kinds of server: `url` is where the operator's session goes. */
async function serve(
  url: URL,
  rows: readonly Priority[],
  connectFront: () => Duplex,
  stopServer: () => Promise<void>,
): Promise<PriorityDatabase> {
  const client = new Client({
    connectionString: url.href,
    connectionTimeoutMillis: CONNECT_MS,
  })
  client.on('error', () => {})
  await client.connect()
  await seed(client, rows)
  let current: Fault = { mode: 'healthy' }
  return {
    connect: connectFront,
    urlAt(host, port) {
      const at = new URL(url.href)
      at.hostname = host
      at.port = String(port)
      return at.href
    },
    async setFault(fault) {
      if (current.mode === 'lockWait') await client.query('rollback')
      if (TOUCHES_ROWS.has(current.mode)) {
        await client.query('update priority_callers set updated_at = now()')
      }
      current = fault
      await applyFault(client, fault)
    },
    async close() {
      await client.end()
      await stopServer()
    },
  }
}

/** A PostgreSQL in this process, in memory, on a free port of `host`. */
export async function startEmbeddedPriority(
  host: string,
  rows: readonly Priority[],
): Promise<PriorityDatabase> {
  const database = await PGlite.create()
  const server = await servePglite(database, host)
  const url = new URL(`postgres://postgres@${host}:${server.port}/postgres`)
  return serve(
    url,
    rows,
    () => server.connect(),
    async () => {
      await server.close()
      await database.close()
    },
  )
}

/** A PostgreSQL that somebody else runs; the table is created in it if it is not there, and filled. */
export function usePriorityAt(url: string, rows: readonly Priority[]): Promise<PriorityDatabase> {
  const at = new URL(url)
  const port = Number(at.port === '' ? 5432 : at.port)
  return serve(
    at,
    rows,
    () => connect({ host: at.hostname, port }),
    async () => {},
  )
}
