/** What tests of the proxy speak through: real sockets, and a clock that stands still. */
import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import type { Clock } from '../../../services/platform/ports.ts'

/** Moves only when told to; what is due fires in order of its time. */
export function createHandClock(): Clock & { advance(ms: number): void; pending(): number } {
  let nowMs = 0
  const timers = new Set<{ atMs: number; run: () => void }>()
  return {
    nowMs: () => nowMs,
    after(delayMs, run) {
      const timer = { atMs: nowMs + Math.max(0, delayMs), run }
      timers.add(timer)
      return () => timers.delete(timer)
    },
    advance(ms) {
      const endMs = nowMs + ms
      for (;;) {
        const [next] = [...timers]
          .filter((t) => t.atMs <= endMs)
          .toSorted((a, b) => a.atMs - b.atMs)
        if (next === undefined) break
        timers.delete(next)
        nowMs = Math.max(nowMs, next.atMs)
        next.run()
      }
      nowMs = endMs
    },
    pending: () => timers.size,
  }
}

/** A server that keeps its connections, and what came over each. */
export interface Target {
  readonly server: Server
  readonly port: number
  readonly sockets: Socket[]
}

export async function startTarget(): Promise<Target> {
  const sockets: Socket[] = []
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    sockets.push(socket)
  })
  server.listen({ host: '127.0.0.1', port: 0 })
  await once(server, 'listening')
  return { server, sockets, port: (server.address() as AddressInfo).port }
}

/** Everything a socket says until `done` of it is so. */
export async function heard(socket: Socket, done: (text: string) => boolean): Promise<string> {
  let text = ''
  return new Promise((resolve, reject) => {
    socket.on('data', function listen(bytes: Buffer) {
      text += bytes.toString()
      if (!done(text)) return
      socket.off('data', listen)
      resolve(text)
    })
    socket.once('error', reject)
  })
}
export const says = (socket: Socket, words: string): Promise<string> =>
  heard(socket, (text) => text === words)

/** Lets everything that is under way in the kernel and the event loop arrive. */
export async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => void setImmediate(resolve))
}

export const codeOf = async (socket: Socket): Promise<string | undefined> => {
  const [error] = (await once(socket, 'error')) as [NodeJS.ErrnoException]
  return error.code
}
