/**
 * PGlite as a server that many clients share. It has one session for all of them, so a client's round (what
 * it sends up to the message that wants an answer) goes in whole and its answer comes out whole, as from a
 * PostgreSQL; and while a client is in a transaction, all others wait.
 */
import type { PGlite } from '@electric-sql/pglite'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { type Duplex, duplexPair } from 'node:stream'
import { createMessageReader, type Message, MESSAGE, saidBefore } from './pg-wire.ts'
import { createTurns, type Turns } from './turns.ts'

export interface PgliteServer {
  readonly port: number
  /** A session for who is in this process: without the kernel between, which costs as much as a query. */
  connect(): Duplex
  /** Ends all sessions, and serves no more. */
  close(): Promise<void>
}

/** Messages after which a client waits. */
const ENDS: ReadonlySet<number> = new Set([
  MESSAGE.begin,
  MESSAGE.query,
  MESSAGE.sync,
  MESSAGE.flush,
])
/** An answer's end when all is said and no transaction is open: ReadyForQuery, idle. */
const IDLE = Buffer.from([0x5a, 0, 0, 0, 5, 0x49])
const UNENCRYPTED = 'N'
/**
 * Takes back what a client began and left: what it did without a Sync, then, past a mistake after which a
 * database hears nothing before a Sync, the transaction.
 */
const ROLLBACK = Buffer.concat([
  messageOf(MESSAGE.query, 'rollback\0'),
  messageOf(MESSAGE.sync, ''),
  messageOf(MESSAGE.query, 'rollback\0'),
])

function messageOf(type: number, text: string): Buffer {
  const message = Buffer.from(`\0\0\0\0\0${text}`)
  message[0] = type
  message.writeInt32BE(message.length - 1, 1)
  return message
}

/** Serves `database` on a free port of `host`. */
export async function servePglite(database: PGlite, host: string): Promise<PgliteServer> {
  const turns = createTurns()
  const sessions = new Set<Duplex>()
  const begin = (client: Duplex): void => {
    sessions.add(client)
    client.on('close', () => sessions.delete(client))
    attend(client, database, turns)
  }
  const server = createServer({ noDelay: true }, begin)
  server.listen({ host, port: 0 })
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    connect() {
      const [near, far] = duplexPair()
      near.on('close', () => far.destroy())
      far.on('close', () => near.destroy())
      begin(far)
      return near
    },
    async close() {
      for (const client of sessions) client.destroy()
      server.close()
      await once(server, 'close')
      // What was begun is taken back.
      await turns.take()
    },
  }
}

/** One client's session, from its first byte to its end. */
function attend(client: Duplex, database: PGlite, turns: Turns): void {
  const reader = createMessageReader()
  let round: Buffer[] = []
  let last: Promise<void> = Promise.resolve()
  /** It has the turn: a round of its runs, or a transaction is open. */
  let giveBack: (() => void) | null = null

  const answer = async (bytes: Buffer): Promise<void> => {
    giveBack ??= await turns.take()
    if (client.destroyed) {
      await leave()
      return
    }
    const said = await execute(database, bytes)
    client.write(said)
    if (said.subarray(-IDLE.length).equals(IDLE)) pass()
  }
  const pass = (): void => {
    giveBack?.()
    giveBack = null
  }
  const leave = async (): Promise<void> => {
    try {
      if (giveBack !== null) await execute(database, ROLLBACK)
    } finally {
      pass()
    }
  }
  const take = (message: Message): void => {
    const before = saidBefore(message)
    if (before === 'encrypt') client.write(UNENCRYPTED)
    if (before !== null) return
    if (message.type === MESSAGE.terminate) {
      last = last.then(() => void client.end())
      return
    }
    round.push(message.bytes)
    if (!ENDS.has(message.type)) return
    const bytes = Buffer.concat(round)
    round = []
    last = last.then(() => answer(bytes)).catch(() => void client.destroy())
  }

  client.on('data', (bytes) => {
    for (const message of reader.read(bytes)) take(message)
  })
  client.on('error', () => {})
  // The next to have the turn tells what is wrong with the database.
  client.on('close', () => void last.then(leave).catch(() => undefined))
}

/** Runs messages and gives what the database says to them. */
async function execute(database: PGlite, messages: Buffer): Promise<Buffer> {
  const said: Buffer[] = []
  const onRawData = (bytes: Uint8Array): void => void said.push(Buffer.from(bytes))
  // Nothing is on a disk that would have to be written to.
  await database.execProtocolRawStream(messages, { syncToFs: false, onRawData })
  return Buffer.concat(said)
}
