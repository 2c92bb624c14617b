/**
 * The TCP front door of a system: open, closed (connects are refused) or vanished (connects hang, as
 * when packets are dropped). The port stays the same throughout.
 */
import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'

export interface Door {
  readonly host: string
  readonly port: number
  /** Lets connections in again; those that were in while it had vanished are reset. */
  open(): Promise<void>
  /** Refuses connections and resets those that are in. */
  refuse(): Promise<void>
  /** Swallows connections. Those that are in stay; their owner keeps them silent. */
  vanish(): Promise<void>
  /** Closes for good, with all connections. */
  close(): Promise<void>
}

/**
 * Listens with a queue of one and then never turns its event loop again, so that nobody accepts. The
 * kernel drops further connects once that queue is full.
 */
const DEAF_LISTENER = `
  const { parentPort, workerData } = require('node:worker_threads')
  const server = require('node:net').createServer()
  server.on('error', (error) => parentPort.postMessage(error.code))
  server.listen({ ...workerData, backlog: 1 }, () => {
    parentPort.postMessage('listening')
    setImmediate(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0))
  })`

/** Connections that fill the queue of a deaf listener; more than enough for every kernel's rounding. */
const QUEUE_FILLERS = 4
const LISTEN_TRIES = 50
const LISTEN_RETRY_MS = 20

interface Deaf {
  leave(): Promise<void>
}

/** Tries again for a second: another process may just be holding the port for a connect of its own. */
async function insist<T>(attempt: () => Promise<T>): Promise<T> {
  for (let left = LISTEN_TRIES; ; left -= 1) {
    try {
      return await attempt()
    } catch (error) {
      if (left <= 1) throw error
      await delay(LISTEN_RETRY_MS)
    }
  }
}

async function listen(server: Server, host: string, port: number): Promise<void> {
  server.listen({ host, port })
  await once(server, 'listening')
}

async function goDeaf(host: string, port: number): Promise<Deaf> {
  const worker = new Worker(DEAF_LISTENER, { eval: true, workerData: { host, port } })
  const [said] = (await once(worker, 'message')) as [string]
  if (said !== 'listening') {
    await worker.terminate()
    throw new Error(`Can not listen on ${host}:${port}: ${said}`)
  }
  const fillers = Array.from({ length: QUEUE_FILLERS }, () => {
    const filler = connect({ host, port })
    filler.on('error', () => {})
    return filler
  })
  return {
    async leave() {
      for (const filler of fillers) filler.destroy()
      await worker.terminate()
    },
  }
}

/**
 * Opens a door. `port` 0 takes a free one. `enter` is given every connection that came in; the door
 * itself only ends them. Rejects when the port is taken.
 */
export async function createDoor(options: {
  host: string
  port: number
  enter: (socket: Socket) => void
}): Promise<Door> {
  const { host, enter } = options
  const inside = new Set<Socket>()
  let server: Server | null = null
  let deaf: Deaf | null = null
  /** Changes of state one after the other, whatever order their promises settle in. */
  let last: Promise<void> = Promise.resolve()

  const admit = (socket: Socket): void => {
    inside.add(socket)
    socket.setNoDelay(true)
    socket.on('error', () => {})
    socket.on('close', () => inside.delete(socket))
    enter(socket)
  }
  const resetAll = (): void => {
    for (const socket of inside) socket.resetAndDestroy()
  }
  const shut = async (): Promise<void> => {
    const closing = server
    server = null
    if (closing !== null) closing.close()
    await deaf?.leave()
    deaf = null
  }
  const startServer = async (port: number): Promise<number> => {
    const starting = createServer(admit)
    await listen(starting, host, port)
    server = starting
    return (starting.address() as AddressInfo).port
  }
  const port = await startServer(options.port)
  const inTurn = (change: () => Promise<void>): Promise<void> => {
    last = last.then(change, change)
    return last
  }

  return {
    host,
    port,
    open: () =>
      inTurn(async () => {
        if (server !== null) return
        await shut()
        resetAll()
        await insist(() => startServer(port))
      }),
    refuse: () =>
      inTurn(async () => {
        await shut()
        resetAll()
      }),
    vanish: () =>
      inTurn(async () => {
        if (deaf !== null) return
        await shut()
        deaf = await insist(() => goDeaf(host, port))
      }),
    close: () =>
      inTurn(async () => {
        await shut()
        resetAll()
      }),
  }
}
