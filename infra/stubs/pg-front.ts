/**
 * A TCP front before the priority database: passes bytes through, sees which caller is asked for, and
 * can delay, hang, drip, refuse, reset or vanish.
 */
import type { Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import type { Random } from '../random.ts'
import { createDoor } from './door.ts'
import { HEALTHY, type Fault, type FaultMode } from './faults.ts'
import type { GroundTruth, RequestEnded } from './ground-truth.ts'
import { delayOf, moveDoor, strikes, type Stub } from './http-stub.ts'
import { createMessageReader, firstParameter, MESSAGE } from './pg-wire.ts'
import type { PriorityDatabase } from './priority.ts'

const PRIORITY = 'priority'
const DRIP_EVERY_MS = 1000
/** How a ReadyForQuery message begins: it ends a round, so it ends a request. */
const READY = Buffer.from([0x5a, 0, 0, 0, 5])
/** Faults that keep a client waiting with its connection open. */
const SILENT: readonly FaultMode[] = ['hang', 'unreachable']

type Database = Pick<PriorityDatabase, 'connect'>

/** The requests of one connection, in the order asked: PostgreSQL answers in that order. */
function createLedger(truth: GroundTruth) {
  const open: number[] = []
  let used = false
  return {
    /** Whether any request came so far: a fault may strike a connection before the first. */
    used: (): boolean => used,
    taken(identifiers: readonly (string | null)[], mode: FaultMode): void {
      for (const identifier of identifiers) {
        used = true
        open.push(truth.requestTaken(PRIORITY, identifier, mode))
      }
    },
    ended(how: RequestEnded['how']): void {
      const id = open.shift()
      if (id !== undefined) truth.requestEnded(id, how, null)
    },
    endedAll(how: RequestEnded['how']): void {
      while (open.length > 0) this.ended(how)
    },
  }
}

async function drip(client: Socket, bytes: Buffer, bytesPerS: number): Promise<void> {
  const step = Math.max(1, Math.floor(bytesPerS))
  const everyMs = bytesPerS < 1 ? DRIP_EVERY_MS / bytesPerS : DRIP_EVERY_MS
  for (let at = 0; at < bytes.length && !client.destroyed; at += step) {
    client.write(bytes.subarray(at, at + step))
    await delay(everyMs, undefined, { ref: false })
  }
}

/**
 * Joins one client to the database. Both directions run through a chain of promises, so that a delay
 * keeps the order of the bytes.
 */
function join(
  client: Socket,
  database: Database,
  way: { truth: GroundTruth; random: Random; fault: () => Fault },
): void {
  const { truth, random, fault } = way
  const server = database.connect()
  const reader = createMessageReader()
  const ledger = createLedger(truth)
  let toServer = Promise.resolve()
  let toClient = Promise.resolve()
  let struck: Fault = HEALTHY

  const part = (): void => {
    if (struck.mode !== 'healthy' && !ledger.used()) ledger.taken([null], struck.mode)
    ledger.endedAll(struck.mode === 'reset' ? 'reset' : 'left')
    client.destroy()
    server.destroy()
  }
  const forward = async (bytes: Buffer, applied: Fault): Promise<void> => {
    if (SILENT.includes(applied.mode)) return
    const waitMs = delayOf(applied, random)
    if (waitMs > 0) await delay(waitMs)
    if (!server.destroyed) server.write(bytes)
  }
  const back = async (bytes: Buffer): Promise<void> => {
    if (SILENT.includes(struck.mode)) return
    if (struck.mode === 'reset') {
      client.write(bytes.subarray(0, bytes.length / 2), () => client.resetAndDestroy())
      return
    }
    if (struck.mode === 'drip') await drip(client, bytes, struck.bytesPerS)
    else if (!client.destroyed) client.write(bytes)
    if (bytes.includes(READY)) ledger.ended('answered')
  }

  client.on('data', (bytes) => {
    // Its good-bye: its connection ends here.
    if (bytes[0] === MESSAGE.terminate) {
      client.end()
      return
    }
    struck = strikes(fault(), random)
    const binds = reader.read(bytes).filter(({ type }) => type === MESSAGE.bind)
    ledger.taken(binds.map(firstParameter), struck.mode)
    const applied = struck
    toServer = toServer.then(() => forward(bytes, applied))
  })
  server.on('data', (bytes) => {
    toClient = toClient.then(() => back(bytes))
  })
  client.on('close', part)
  server.on('close', part)
  server.on('error', part)
}

/** ErrorResponse to the start of a session, as PostgreSQL says it: severity, SQLSTATE, message. */
function turnAway(client: Socket): void {
  const fields = ['SFATAL', 'VFATAL', 'C53300', 'Msorry, too many clients already', '']
  const body = Buffer.from(fields.join('\0') + '\0')
  const head = Buffer.alloc(5)
  head.write('E')
  head.writeInt32BE(body.length + 4, 1)
  client.end(Buffer.concat([head, body]))
}

/** Opens the front before `database`. */
export async function createPgFront(options: {
  host: string
  port: number
  database: Database
  truth: GroundTruth
  random: Random
}): Promise<Stub> {
  const { database, truth, random } = options
  let current: Fault = HEALTHY
  const door = await createDoor({
    host: options.host,
    port: options.port,
    enter(socket) {
      const struck = strikes(current, random)
      if (struck.mode === 'full') {
        const id = truth.requestTaken(PRIORITY, null, struck.mode)
        socket.on('close', () => truth.requestEnded(id, 'answered', null))
        socket.once('data', () => turnAway(socket))
        return
      }
      if (!SILENT.includes(struck.mode)) {
        join(socket, database, { truth, random, fault: () => current })
        return
      }
      const id = truth.requestTaken(PRIORITY, null, struck.mode)
      socket.on('close', () => truth.requestEnded(id, 'left', null))
      socket.resume()
    },
  })
  return {
    host: door.host,
    port: door.port,
    async setFault(fault) {
      current = fault
      if (fault.mode === 'full') await door.refuse()
      await moveDoor(door, fault)
    },
    close: () => door.close(),
  }
}
