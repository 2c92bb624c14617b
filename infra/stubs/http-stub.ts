/** A system of record over HTTP that can be made to misbehave at the level of bytes and sockets. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { setTimeout as delay } from 'node:timers/promises'
import type { Random } from '../random.ts'
import { createDoor, type Door } from './door.ts'
import { HEALTHY, type Fault } from './faults.ts'
import type { GroundTruth, RequestEnded } from './ground-truth.ts'
import type { HttpSystem } from './systems.ts'

export interface Stub {
  readonly host: string
  readonly port: number
  /** Takes effect for requests that come from now on; resolves once the port behaves so. */
  setFault(fault: Fault): Promise<void>
  close(): Promise<void>
}

/** How long a healthy system takes, milliseconds. */
export interface Pace {
  readonly fromMs: number
  readonly toMs: number
}

const NO_SUCH = { error: 'not found' }
const DRIP_EVERY_MS = 1000
const CHUNK = 'x'.repeat(65_536)

/** Moves the door as a fault asks; used by HTTP and database stubs alike. */
export async function moveDoor(door: Door, fault: Fault): Promise<void> {
  if (fault.mode === 'refuse') await door.refuse()
  else if (fault.mode === 'unreachable') await door.vanish()
  else await door.open()
}

/** The fault as it strikes one request, given the share it strikes. */
export function strikes(fault: Fault, random: Random): Fault {
  return fault.mode === 'healthy' || random.chance(fault.share) ? fault : HEALTHY
}

/** Later by `ms`, give or take the jitter, or by the tail's, milliseconds. */
export function delayOf(fault: Fault, random: Random): number {
  if (fault.mode !== 'latency') return 0
  if (fault.tail !== undefined && random.chance(fault.tail.share)) return fault.tail.ms
  return Math.max(0, fault.ms + Math.round((random.next() * 2 - 1) * fault.jitterMs))
}

function send(response: ServerResponse, status: number, body: object): void {
  const text = JSON.stringify(body)
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
  })
  response.end(text)
}

/** So many bytes a second, in steps of a second (or a byte, when there is less than one a second). */
async function drip(response: ServerResponse, text: string, bytesPerS: number): Promise<void> {
  const bytes = Buffer.from(text)
  const step = Math.max(1, Math.floor(bytesPerS))
  const everyMs = bytesPerS < 1 ? DRIP_EVERY_MS / bytesPerS : DRIP_EVERY_MS
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': bytes.length })
  response.flushHeaders()
  for (let at = 0; at < bytes.length && !response.destroyed; at += step) {
    response.write(bytes.subarray(at, at + step))
    await delay(everyMs, undefined, { ref: false })
  }
  response.end()
}

/** Valid JSON of so many bytes, never held as a whole. */
function* padding(bytes: number): Generator<string> {
  yield '{"padding":"'
  for (let sent = 0; sent < bytes; sent += CHUNK.length) yield CHUNK
  yield '"}'
}

/** Half of the answer, then a reset of the connection. */
function breakOff(response: ServerResponse, text: string): void {
  response.writeHead(200, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
  })
  response.write(text.slice(0, text.length / 2), () => response.socket?.resetAndDestroy())
}

async function answer(response: ServerResponse, fault: Fault, body: object | null): Promise<void> {
  if (fault.mode === 'hang' || fault.mode === 'unreachable') return
  if (fault.mode === 'status') {
    if (fault.retryAfterS !== undefined) response.setHeader('retry-after', fault.retryAfterS)
    send(response, fault.status, { error: 'out of order' })
    return
  }
  if (fault.mode === 'hugeBody') {
    response.writeHead(200, { 'content-type': 'application/json' })
    await pipeline(Readable.from(padding(fault.bytes)), response)
    return
  }
  const text = JSON.stringify(body ?? NO_SUCH)
  if (fault.mode === 'drip') await drip(response, text, fault.bytesPerS)
  else if (fault.mode === 'reset') breakOff(response, text)
  else if (fault.mode === 'badJson') {
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(text.slice(0, Math.ceil(text.length / 2)))
  } else send(response, body === null ? 404 : 200, body ?? NO_SUCH)
}

/**
 * Serves one system. `pace` is how long it takes when healthy; a random delay in that span. Every
 * request is told to `truth`, with the fault that struck it.
 */
export async function createHttpStub(options: {
  system: HttpSystem
  host: string
  port: number
  truth: GroundTruth
  random: Random
  pace: Pace
}): Promise<Stub> {
  const { system, truth, random, pace } = options
  let current = HEALTHY

  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = URL.parse(request.url ?? '/', 'http://stub')
    const asked = url === null ? null : system.read(url)
    const fault = strikes(current, random)
    const id = truth.requestTaken(system.name, asked?.identifier ?? null, fault.mode)
    response.on('close', () => {
      const how: RequestEnded['how'] = response.writableFinished
        ? 'answered'
        : fault.mode === 'reset'
          ? 'reset'
          : 'left'
      truth.requestEnded(id, how, response.headersSent ? response.statusCode : null)
    })
    const waitMs = random.between(pace.fromMs, pace.toMs) + delayOf(fault, random)
    if (waitMs > 0) await delay(waitMs)
    if (response.destroyed) return
    if (asked === null) send(response, 404, NO_SUCH)
    else await answer(response, fault, asked.answer(fault, Date.now()))
  }

  const http = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    request.resume()
    serve(request, response).catch(() => response.destroy())
  })
  const door = await createDoor({
    host: options.host,
    port: options.port,
    enter: (socket) => http.emit('connection', socket),
  })

  return {
    host: door.host,
    port: door.port,
    async setFault(fault) {
      current = fault
      await moveDoor(door, fault)
    },
    close: () => door.close(),
  }
}
