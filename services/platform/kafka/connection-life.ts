/**
 * When a connection to a broker is alive. kafkajs times requests by the wall clock and one by one, goes
 * on using a connection that did not answer, opens a socket for each request that meets a closed one,
 * and reads a new socket behind what was left of the old one's last answer. Here time is monotonic, one
 * unanswered request ends its connection, and a connection begins anew with each socket.
 */
import type { Socket } from 'node:net'
import { KafkaJSConnectionClosedError } from 'kafkajs/src/errors.js'
import Connection from 'kafkajs/src/network/connection.js'
import RequestQueue, { type SocketRequest } from 'kafkajs/src/network/requestQueue/index.js'

const CHECK_EVERY_MS = 100
/** A check that comes later than this was held up with everything else: answers are read first. */
const STALL_MS = 1000
/** Of an answer, its length comes first. */
const LENGTH_BYTES = 4

interface Life {
  answeredAtMs: number
  /** When it last ended because a request got no answer. */
  brokenAtMs: number
}

const lives = new WeakMap<RequestQueue, Life>()
const owners = new WeakMap<RequestQueue, Connection>()
const sentAtMs = new WeakMap<SocketRequest, number>()
const connecting = new WeakMap<Connection, Promise<boolean>>()

function lifeOf(queue: RequestQueue): Life {
  const existing = lives.get(queue)
  if (existing !== undefined) {
    return existing
  }
  const life = { answeredAtMs: -Infinity, brokenAtMs: -Infinity }
  lives.set(queue, life)
  return life
}

export interface Liveliness {
  /** When the request under way was sent that has waited longest; Infinity when none is. */
  readonly waitingSinceMs: number
  readonly answeredAtMs: number
  readonly brokenAtMs: number
}

/** Of one connection, by the host's monotonic clock. */
export function livelinessOf({ requestQueue }: Connection): Liveliness {
  const waiting = [...requestQueue.inflight.values()].map((one) => sentAtMs.get(one) ?? Infinity)
  return { ...lifeOf(requestQueue), waitingSinceMs: Math.min(Infinity, ...waiting) }
}

/** Has kafkajs' connections live this way, process-wide; doing it again changes nothing. */
export function installConnectionLife(): void {
  if (Connection.prototype.connect !== connectOnce) {
    Connection.prototype.connect = connectOnce
    Connection.prototype.disconnect = disconnect
    RequestQueue.prototype.scheduleRequestTimeoutCheck = watchAnswers
    RequestQueue.prototype.sendSocketRequest = sendNoted
    RequestQueue.prototype.fulfillRequest = fulfillNoted
    RequestQueue.prototype.scheduleCheckPendingRequests = scheduleOnlyIfPending
  }
}

const { connect } = Connection.prototype
const { sendSocketRequest, fulfillRequest, scheduleCheckPendingRequests } = RequestQueue.prototype

function connectOnce(this: Connection): Promise<boolean> {
  const underWay = connecting.get(this)
  if (underWay !== undefined && !this.isConnected()) {
    return underWay
  }
  owners.set(this.requestQueue, this)
  const attempt = connect.call(this).finally(() => connecting.delete(this))
  connecting.set(this, attempt)
  return attempt
}

/** The last events of a socket must not reach the connection, which may have a new one by then. */
function abandon(socket: Socket, isConnecting: boolean, isWaitedFor: boolean): void {
  for (const event of ['connect', 'secureConnect', 'data', 'end', 'timeout']) {
    socket.removeAllListeners(event)
  }
  if (isConnecting) {
    socket.destroy(new Error('closed while connecting')) // Its listener ends the attempt.
    return
  }
  socket.removeAllListeners('error')
  socket.on('error', () => undefined)
  if (isWaitedFor) {
    socket.destroy()
  } else {
    socket.destroySoon()
  }
}

/** Ends at once: what waits for an answer is rejected. */
function disconnect(this: Connection): Promise<boolean> {
  const { socket, requestQueue, authHandlers, host, port } = this
  const isWaitedFor = requestQueue.inflight.size + requestQueue.pending.length > 0
  this.authenticatedAt = null
  this.connectionStatus = 'disconnected'
  this.chunks = []
  this.bytesBuffered = 0
  this.bytesNeeded = LENGTH_BYTES
  this.socket = undefined
  if (socket !== undefined) {
    abandon(socket, connecting.has(this), isWaitedFor)
  }
  requestQueue.destroy()
  authHandlers?.onError()
  if (isWaitedFor) {
    requestQueue.rejectAll(new KafkaJSConnectionClosedError('Closed connection', { host, port }))
  }
  return Promise.resolve(true)
}

/**
 * A broker answers the requests of a connection in their order: what waits behind another, such as a join
 * that is held until a dead member's session is over, waits for that one. So only the oldest can be overdue.
 */
function watchAnswers(this: RequestQueue): void {
  this.destroy()
  let checkedAtMs = performance.now()
  let oldest: SocketRequest | undefined
  let oldestSinceMs = checkedAtMs
  this.requestTimeoutIntervalId = setInterval(() => {
    const nowMs = performance.now()
    const stalled = nowMs - checkedAtMs > STALL_MS
    checkedAtMs = nowMs
    const [head] = this.inflight.values()
    if (head !== oldest) {
      oldest = head
      oldestSinceMs = nowMs
    }
    if (head !== undefined && nowMs - oldestSinceMs > head.requestTimeout && !stalled) {
      lifeOf(this).brokenAtMs = nowMs
      head.timeoutRequest()
      void owners.get(this)?.disconnect()
    }
    if (!this.isConnected()) {
      this.destroy()
    }
  }, CHECK_EVERY_MS)
}

function sendNoted(this: RequestQueue, request: SocketRequest): void {
  sentAtMs.set(request, performance.now())
  sendSocketRequest.call(this, request)
}

function fulfillNoted(this: RequestQueue, answer: { readonly correlationId: number }): void {
  lifeOf(this).answeredAtMs = performance.now()
  fulfillRequest.call(this, answer)
  // One Map for the life of a connection would keep requests long after (domain/lasting-map.ts).
  if (this.inflight.size === 0) this.inflight = new Map()
}

/** kafkajs sets a timer after every answer, with a negative delay that Node warns about. */
function scheduleOnlyIfPending(this: RequestQueue): void {
  if (this.pending.length > 0) {
    scheduleCheckPendingRequests.call(this)
  }
}
