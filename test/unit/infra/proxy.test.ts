import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Proxy, createProxy } from '../../../infra/proxy/proxy.ts'
import { codeOf, createHandClock, heard, says, startTarget, type Target, until } from './sockets.ts'

let target: Target
let clock: ReturnType<typeof createHandClock>
let proxy: Proxy
const clients: Socket[] = []

beforeEach(async () => {
  target = await startTarget()
  clock = createHandClock()
  proxy = await createProxy({ targetHost: '127.0.0.1', targetPort: target.port }, clock)
})
afterEach(async () => {
  for (const each of [...clients, ...target.sockets]) each.destroy()
  clients.length = 0
  await proxy.close()
  target.server.close()
})

function dial(): Socket {
  const client = connect({ host: '127.0.0.1', port: proxy.port })
  client.on('error', () => undefined)
  clients.push(client)
  return client
}

async function joined(): Promise<{ client: Socket; far: Socket }> {
  const before = target.sockets.length
  const client = dial()
  await until(() => target.sockets.length > before)
  const far = target.sockets[before]
  if (far === undefined) throw new Error('nobody came')
  return { client, far }
}

describe('a link without trouble', () => {
  it('carries bytes both ways, and the end of either side', async () => {
    const { client, far } = await joined()
    client.write('question')
    await says(far, 'question')
    far.write('answer')
    await says(client, 'answer')
    far.resume()
    client.end()
    await Promise.all([once(far, 'end'), once(client.resume(), 'close')])
  })

  it('tells a client of a target that refuses', async () => {
    target.server.close()
    expect(await codeOf(dial())).toBe('ECONNRESET')
  })

  it('does not read on while nobody takes what it holds', async () => {
    const { client, far } = await joined()
    far.pause()
    let taken = 0
    const piece = Buffer.alloc(1_048_576)
    while (client.write(piece)) taken += 1
    for (let writes = 0; writes < 200 && taken < 200; writes += 1) {
      client.write(piece)
      taken += 1
    }
    for (let turns = 0; turns < 2000; turns += 1) {
      await new Promise((resolve) => void setImmediate(resolve))
    }
    expect(client.writableLength).toBeGreaterThan(150 * piece.length)
  })
})

describe('blackhole', () => {
  it('holds what is said, and hands it on in order when the line is healed', async () => {
    const { client, far } = await joined()
    await proxy.trouble({ kind: 'blackhole', direction: 'both' })
    client.write('one ')
    const late = dial()
    late.write('three')
    await once(late, 'connect')
    client.write('two')
    expect(target.sockets).toHaveLength(1)
    await proxy.trouble({ kind: 'none' })
    await heard(far, (text) => text === 'one two')
    await until(() => target.sockets.length === 2)
    await says(target.sockets[1] as Socket, 'three')
  })

  it.each([
    ['out', 'in'],
    ['in', 'out'],
  ] as const)('of %s alone lets %s through', async (held, free) => {
    const { client, far } = await joined()
    await proxy.trouble({ kind: 'blackhole', direction: held })
    const [speaker, listener] = free === 'in' ? [far, client] : [client, far]
    listener.write('lost')
    speaker.write('through')
    await says(listener, 'through')
    expect(speaker.bytesRead).toBe(0)
    await proxy.trouble({ kind: 'none' })
    await says(speaker, 'lost')
  })

  it('keeps from the target that a client left, until it is healed', async () => {
    const { client, far } = await joined()
    await proxy.trouble({ kind: 'blackhole', direction: 'out' })
    client.end()
    far.write('are you there')
    await says(client, 'are you there')
    expect(far.readableEnded).toBe(false)
    await proxy.trouble({ kind: 'none' })
    await once(far.resume(), 'end')
  })
})

describe('reset', () => {
  it('strikes connections that are open and those to come, until it is healed', async () => {
    const { client, far } = await joined()
    const farEnds = codeOf(far)
    const clientEnds = codeOf(client)
    await proxy.trouble({ kind: 'reset' })
    expect([await clientEnds, await farEnds]).toEqual(['ECONNRESET', 'ECONNRESET'])
    expect(await codeOf(dial())).toBe('ECONNRESET')
    await proxy.trouble({ kind: 'none' })
    const again = await joined()
    again.client.write('back')
    await says(again.far, 'back')
  })
})

describe('down', () => {
  it('refuses, and listens on the same port again when healed', async () => {
    const { client } = await joined()
    const ends = codeOf(client)
    await proxy.trouble({ kind: 'down' })
    expect(await ends).toBe('ECONNRESET')
    expect(await codeOf(dial())).toBe('ECONNREFUSED')
    await proxy.trouble({ kind: 'none' })
    const again = await joined()
    again.far.write('hello')
    await says(again.client, 'hello')
  })
})

describe('latency', () => {
  it('delays each way by as much as it says, jitter never changing the order', async () => {
    const { client, far } = await joined()
    await proxy.trouble({ kind: 'latency', ms: 200, jitterMs: 100 })
    const all = Array.from({ length: 20 }, (_, index) => `${index} `)
    let heardText = ''
    far.on('data', (bytes) => {
      heardText += bytes.toString()
    })
    for (const words of all) {
      client.write(words)
      await until(() => clock.pending() > 0)
      clock.advance(4)
    }
    expect(heardText).toBe('')
    await until(() => {
      clock.advance(1)
      return heardText.length === all.join('').length
    })
    expect(heardText).toBe(all.join(''))
    far.write('back')
    await until(() => clock.pending() > 0)
    const answer = says(client, 'back')
    clock.advance(300)
    await answer
  })

  it('lets go at once of what it held when it is healed', async () => {
    const { client, far } = await joined()
    await proxy.trouble({ kind: 'latency', ms: 60_000, jitterMs: 0 })
    client.write('waiting')
    await until(() => clock.pending() > 0)
    await proxy.trouble({ kind: 'none' })
    await says(far, 'waiting')
  })
})

describe('bandwidth', () => {
  it('is shared by all connections of the link', async () => {
    const first = await joined()
    const second = await joined()
    await proxy.trouble({ kind: 'bandwidth', bytesPerS: 16_384 })
    const got = [0, 0]
    for (const [index, { far }] of [first, second].entries()) {
      far.on('data', (bytes) => {
        got[index] = (got[index] ?? 0) + bytes.length
      })
    }
    first.client.write(Buffer.alloc(16_384))
    second.client.write(Buffer.alloc(16_384))
    await until(() => clock.pending() === 2)
    clock.advance(1000)
    await until(() => (got[0] ?? 0) + (got[1] ?? 0) === 16_384)
    expect(got[0]).toBe(got[1])
    clock.advance(1000)
    await until(() => (got[0] ?? 0) + (got[1] ?? 0) === 32_768)
  })
})

describe('cut', () => {
  it('resets a connection after so many bytes, and lets the next have as many', async () => {
    await proxy.trouble({ kind: 'cut', afterBytes: 10 })
    for (const _ of [1, 2]) {
      const { client, far } = await joined()
      client.write('12345')
      await says(far, '12345')
      const ends = codeOf(client)
      far.write('67890')
      expect(await ends).toBe('ECONNRESET')
    }
  })
})

describe('slow close', () => {
  it('passes bytes on at once and the end of a connection later', async () => {
    const { client, far } = await joined()
    await proxy.trouble({ kind: 'slowClose', ms: 5000 })
    client.end('bye')
    await says(far, 'bye')
    await until(() => clock.pending() > 0)
    clock.advance(4999)
    expect(far.readableEnded).toBe(false)
    clock.advance(1)
    await once(far.resume(), 'end')
  })
})
