/** Ports on this machine's own address, and whether what should answer there does. */
import { type AddressInfo, connect, createServer } from 'node:net'
import { CrosspointError } from '../../services/errors.ts'

export const HOST = '127.0.0.1'

/**
 * As many different ports as asked for. A wanted port of 0 becomes a free one; any other is checked and
 * throws XP_PORT_TAKEN when something listens there.
 */
export async function reservePorts(wanted: readonly number[]): Promise<readonly number[]> {
  const held = await Promise.allSettled(wanted.map(listen))
  const open = held.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
  await Promise.all(open.map((each) => each.release()))
  const failed = held.find((result) => result.status === 'rejected')
  if (failed !== undefined) throw failed.reason
  return open.map((each) => each.port)
}

function listen(port: number): Promise<{ port: number; release: () => Promise<void> }> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const why = cause.code === 'EADDRINUSE' ? 'is in use' : `can't be used (${cause.code})`
      reject(new CrosspointError('XP_PORT_TAKEN', `Port ${port} ${why}.`, { cause }))
    })
    server.listen({ port, host: HOST }, () => {
      // A server that listens on a TCP port has an address of this shape.
      const address = server.address() as AddressInfo
      const release = () => new Promise<void>((done) => void server.close(() => done()))
      resolve({ port: address.port, release })
    })
  })
}

const METADATA_KEY = 3
const METADATA_VERSION = 1

/**
 * Ids of the brokers that a broker takes for alive, by a Kafka Metadata request; rejects when the port
 * does not answer as a broker within `timeoutMs`. In KRaft only registered, unfenced brokers are listed.
 */
export function liveBrokers(port: number, timeoutMs: number): Promise<readonly number[]> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: HOST })
    const settle = (act: () => void): void => {
      socket.destroy()
      act()
    }
    const chunks: Buffer[] = []
    socket.setTimeout(timeoutMs, () => settle(() => reject(new Error('no answer'))))
    socket.once('error', (error) => settle(() => reject(error)))
    socket.once('close', () => reject(new Error('closed')))
    socket.on('data', (chunk) => {
      chunks.push(chunk)
      const bytes = Buffer.concat(chunks)
      if (bytes.length < 4 || bytes.length < 4 + bytes.readInt32BE(0)) return
      settle(() => resolve(brokerIds(bytes)))
    })
    socket.write(metadataRequest())
  })
}

/** Header (size, api key, version, correlation id, no client id), then an empty list of topics. */
function metadataRequest(): Buffer {
  const request = Buffer.alloc(18)
  request.writeInt32BE(14, 0)
  request.writeInt16BE(METADATA_KEY, 4)
  request.writeInt16BE(METADATA_VERSION, 6)
  request.writeInt32BE(1, 8)
  request.writeInt16BE(-1, 12)
  request.writeInt32BE(0, 14)
  return request
}

/** Size, correlation id, then the brokers: id, host, port, rack (a string, or -1 for none). */
function brokerIds(answer: Buffer): readonly number[] {
  const ids: number[] = []
  let at = 12
  for (let left = answer.readInt32BE(8); left > 0; left -= 1) {
    ids.push(answer.readInt32BE(at))
    at += 4
    at += 2 + answer.readInt16BE(at) + 4
    at += 2 + Math.max(0, answer.readInt16BE(at))
  }
  return ids
}
