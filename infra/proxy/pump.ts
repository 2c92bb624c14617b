/** One direction of one connection: reads, waits as the line says, writes; never more than it may hold. */
import type { Socket } from 'node:net'
import type { Cancel, Clock } from '../../services/platform/ports.ts'
import type { Direction, Line } from './line.ts'

/** Beyond it the sender is not read from, so that its own buffers fill, as on a slow line. */
const HELD_BYTES_MAX = 1_048_576

interface Waiting {
  /** Null: the end of what the sender has to say. */
  bytes: Buffer | null
  dueMs: number
}

export interface Pump {
  /** The line behaves otherwise from now on: what waits is looked at anew. */
  lineChanged(): void
  stop(): void
}

export interface PumpOptions {
  readonly from: Socket
  readonly to: Socket
  readonly direction: Direction
  readonly line: Line
  readonly clock: Clock
  /** Told of bytes before they are written; false: they are not to be. */
  readonly mayPass: (bytes: number) => boolean
}

interface State extends PumpOptions {
  readonly waiting: Waiting[]
  heldBytes: number
  lastDueMs: number
  isFull: boolean
  stopped: boolean
  /** Of the one thing that is to happen later: the first that waits goes on. */
  cancel: Cancel | null
}

/**
 * While the line holds a direction, its sender is not read: bytes and the news that it closed or was
 * reset stay in the kernel and come through when the line is healed, as packets do that are sent again.
 */
export function createPump(options: PumpOptions): Pump {
  const state: State = {
    ...options,
    waiting: [],
    heldBytes: 0,
    lastDueMs: 0,
    isFull: false,
    stopped: false,
    cancel: null,
  }
  const { from, to, waiting } = state
  from.on('data', (bytes: Buffer) => enter(state, bytes))
  from.on('end', () => enter(state, null))
  to.on('drain', () => {
    state.isFull = false
    pass(state)
  })
  readOn(state)
  return {
    lineChanged() {
      state.cancel?.()
      state.cancel = null
      state.lastDueMs = 0
      for (const each of waiting) each.dueMs = 0
      readOn(state)
      pass(state)
    },
    stop() {
      state.stopped = true
      state.cancel?.()
      waiting.length = 0
    },
  }
}

function readOn({ from, line, direction, heldBytes, stopped }: State): void {
  if (stopped || from.destroyed) return
  if (line.isHeld(direction) || heldBytes > HELD_BYTES_MAX) from.pause()
  else from.resume()
}

function enter(state: State, bytes: Buffer | null): void {
  // A later piece never overtakes an earlier one.
  const dueMs = state.line.dueMs(state.clock.nowMs(), bytes === null)
  state.lastDueMs = Math.max(state.lastDueMs, dueMs)
  state.waiting.push({ bytes, dueMs: state.lastDueMs })
  state.heldBytes += bytes?.length ?? 0
  readOn(state)
  pass(state)
}

/** Lets go what may go now, in order. */
function pass(state: State): void {
  while (state.cancel === null && !state.stopped && !state.isFull) {
    const [head] = state.waiting
    if (head === undefined || state.line.isHeld(state.direction)) return
    passOne(state, head)
  }
}

function passOne(state: State, head: Waiting): void {
  const { waiting, line, direction, clock, to } = state
  const nowMs = clock.nowMs()
  if (head.dueMs > nowMs) {
    later(state, head.dueMs, () => undefined)
  } else if (head.bytes === null) {
    waiting.shift()
    to.end()
  } else {
    const piece = line.take(direction, nowMs, head.bytes.length)
    if (piece.atMs > nowMs) later(state, piece.atMs, () => write(state, head, piece.bytes))
    else write(state, head, piece.bytes)
  }
}

function later(state: State, atMs: number, act: () => void): void {
  state.cancel = state.clock.after(atMs - state.clock.nowMs(), () => {
    state.cancel = null
    act()
    pass(state)
  })
}

function write(state: State, head: Waiting, count: number): void {
  const { bytes } = head
  if (bytes === null) return
  if (count === bytes.length) state.waiting.shift()
  else head.bytes = bytes.subarray(count)
  state.heldBytes -= count
  if (!state.mayPass(count)) return
  state.isFull = !state.to.write(bytes.subarray(0, count))
  readOn(state)
}
