/**
 * A TCP proxy that is a bad network on demand: one link, one port, any number of connections. Faults of
 * faults.md F11 and F19 are made of it.
 */
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import type { Trouble } from '../../services/chaos/scenario.ts'
import { createClock } from '../../services/platform/clock.ts'
import type { Clock } from '../../services/platform/ports.ts'
import { createRandom } from '../random.ts'
import { createLine, type Line } from './line.ts'
import { createPump, type Pump } from './pump.ts'

export interface ProxyOptions {
  readonly targetHost: string
  readonly targetPort: number
  /** 0 or absent: a free one. */
  readonly listenPort?: number
  /** Of the jitter. */
  readonly seed?: number
}

export interface Proxy {
  /** On 127.0.0.1; stays the same while nothing listens. */
  readonly port: number
  /**
   * Makes the link behave so, from now on: connections that are open and those to come alike. What was
   * held back by the former trouble goes through at once. Resolves when it is in force.
   */
  trouble(trouble: Trouble): Promise<void>
  /** Ends the link with its connections. */
  close(): Promise<void>
}

const HOST = '127.0.0.1'
/** A client that connects for ever to a line that is held must not use up this process. */
const CONNECTIONS_MAX = 2000
const LISTEN_TRIES = 50
const LISTEN_RETRY_MS = 20

interface Connection {
  lineChanged(): void
  reset(): void
}

/** Opens a link. Rejects when the port is taken. */
export async function createProxy(options: ProxyOptions, clock?: Clock): Promise<Proxy> {
  const line = createLine(createRandom(options.seed ?? 1))
  const connections = new Set<Connection>()
  const join = (client: Socket): void => {
    client.on('error', () => undefined)
    client.setNoDelay(true)
    if (line.trouble().kind === 'reset') {
      client.resetAndDestroy()
      return
    }
    const connection = connectThrough(client, options, line, clock ?? createClock(), () =>
      connections.delete(connection),
    )
    connections.add(connection)
  }
  const listener = await createListener(options.listenPort ?? 0, join)
  const resetAll = (): void => {
    for (const connection of connections) connection.reset()
  }
  return {
    port: listener.port,
    async trouble(trouble) {
      line.change(trouble)
      if (trouble.kind === 'down') await listener.shut()
      else await listener.open()
      if (trouble.kind === 'down' || trouble.kind === 'reset') resetAll()
      for (const connection of connections) connection.lineChanged()
    },
    async close() {
      await listener.shut()
      resetAll()
    },
  }
}

/** Leads one client to the target, over the line. */
function connectThrough(
  client: Socket,
  { targetHost, targetPort }: ProxyOptions,
  line: Line,
  clock: Clock,
  onEnd: () => void,
): Connection {
  let target: Socket | null = null
  let pumps: readonly Pump[] = []
  let passedBytes = 0

  const end = (): void => {
    for (const pump of pumps) pump.stop()
    onEnd()
  }
  const reset = (): void => {
    end()
    client.resetAndDestroy()
    target?.resetAndDestroy()
  }
  const mayPass = (bytes: number): boolean => {
    const trouble = line.trouble()
    if (trouble.kind !== 'cut') return true
    passedBytes += bytes
    if (passedBytes < trouble.afterBytes) return true
    reset()
    return false
  }
  /** What asks for a connection is lost with the rest of what a held line carries. */
  const reach = (): void => {
    if (target !== null || line.isHeld('out')) return
    const opened = connect({ host: targetHost, port: targetPort, allowHalfOpen: true })
    opened.setNoDelay(true)
    target = opened
    const shared = { line, clock, mayPass }
    pumps = [
      createPump({ ...shared, direction: 'out', from: client, to: opened }),
      createPump({ ...shared, direction: 'in', from: opened, to: client }),
    ]
    // A reset, and a target that refuses, are told on; an end that both sides came to is one already.
    opened.on('error', reset)
    client.on('error', reset)
    client.on('close', () => opened.destroyed && end())
    opened.on('close', () => client.destroyed && end())
  }

  client.pause()
  reach()
  return {
    lineChanged() {
      passedBytes = 0
      reach()
      for (const pump of pumps) pump.lineChanged()
    },
    reset,
  }
}

interface Listener {
  readonly port: number
  open(): Promise<void>
  shut(): Promise<void>
}

/** A listening port that can go and come back, one change after the other. */
async function createListener(wanted: number, join: (client: Socket) => void): Promise<Listener> {
  let server: Server | null = null
  const listen = async (port: number): Promise<number> => {
    const starting = createServer({ allowHalfOpen: true, pauseOnConnect: true }, join)
    starting.maxConnections = CONNECTIONS_MAX
    starting.listen({ host: HOST, port })
    await once(starting, 'listening')
    server = starting
    return (starting.address() as AddressInfo).port
  }
  const port = await listen(wanted)
  const open = async (): Promise<void> => {
    if (server !== null) return
    for (let left = LISTEN_TRIES; ; left -= 1) {
      try {
        await listen(port)
        return
      } catch (error) {
        // Another process may hold the port for a moment, for a connection of its own.
        if (left <= 1) throw error
        await delay(LISTEN_RETRY_MS)
      }
    }
  }
  const shut = async (): Promise<void> => {
    server?.close()
    server = null
  }
  let last: Promise<void> = Promise.resolve()
  const inTurn = (change: () => Promise<void>): Promise<void> => {
    last = last.then(change, change)
    return last
  }
  return { port, open: () => inTurn(open), shut: () => inTurn(shut) }
}
