import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { loadSchemas } from '../../../services/platform/avro.ts'
import { openCodec } from '../../../services/platform/open-codec.ts'
import type { Clock } from '../../../services/platform/ports.ts'
import { connectRegistry, type Registry } from '../../../services/platform/registry.ts'

let server: Server | undefined
let registry: Registry | undefined

afterEach(async () => {
  await registry?.close()
  server?.closeAllConnections()
  server?.close()
})

interface Reply {
  readonly status: number
  readonly body: unknown
}

/** A registry that answers what a test wants; `null` never answers. Gives the requests it saw. */
async function serve(
  answer: (path: string, authorization: string | undefined) => Reply | null,
  timeoutMs = 2000,
): Promise<string[]> {
  const seen: string[] = []
  server = createServer((request, response) => {
    seen.push(`${request.method} ${request.url}`)
    const reply = answer(request.url ?? '', request.headers.authorization)
    if (reply !== null) response.writeHead(reply.status).end(JSON.stringify(reply.body))
  })
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const login = { username: 'u', password: 'p' }
  registry = connectRegistry({ url: `http://127.0.0.1:${port}/base/`, timeoutMs, ...login })
  return seen
}

const api = (): Registry => {
  if (registry === undefined) throw new Error('no registry')
  return registry
}

/** Host time that runs only as far as its timers want it to. */
function quickClock(): Clock & { nowAt: number } {
  const clock = {
    nowAt: 0,
    nowMs: () => clock.nowAt,
    after(delayMs: number, run: () => void) {
      clock.nowAt += delayMs
      queueMicrotask(run)
      return () => undefined
    },
  }
  return clock
}

const schemas = [...loadSchemas()]

/** Answers like a registry that has all our schemas, ids from 1. */
function complete(path: string): Reply {
  const one = /\/subjects\/([^/]+)-value\/versions\/1$/u.exec(path)
  const index = schemas.findIndex(([topic]) => topic === one?.[1])
  if (index >= 0) {
    const body = { id: index + 1, version: 1, schema: JSON.stringify(schemas[index]?.[1]) }
    return { status: 200, body }
  }
  if (path.endsWith('/versions')) return { status: 200, body: [1] }
  return { status: 404, body: { error_code: 40403, message: 'not found' } }
}

describe('what the registry says', () => {
  test('"not there" is an answer', async () => {
    await serve(() => ({ status: 404, body: { message: 'no' } }))
    expect(await api().schemaById(1)).toBeNull()
    expect(await api().versions('x')).toEqual([])
  })

  test.each([
    [401, 'XP_REGISTRY_AUTH'],
    [403, 'XP_REGISTRY_AUTH'],
    [500, 'XP_REGISTRY_UNREACHABLE'],
    [429, 'XP_REGISTRY_UNREACHABLE'],
    [400, 'XP_REGISTRY_FAILED'],
  ])('status %i is %s', async (status, code) => {
    await serve(() => ({ status, body: { message: 'no' } }))
    await expect(api().schemaById(1)).rejects.toMatchObject({ code })
  })

  test('one that never answers is given up after its time', async () => {
    await serve(() => null, 50)
    await expect(api().schemaById(1)).rejects.toMatchObject({ code: 'XP_REGISTRY_UNREACHABLE' })
  })

  test('an answer that is not its interface', async () => {
    await serve(() => ({ status: 200, body: { hello: 1 } }))
    await expect(api().schemaById(1)).rejects.toMatchObject({ code: 'XP_REGISTRY_FAILED' })
  })

  test('basic authentication is sent', async () => {
    let sent: string | undefined
    await serve((_path, authorization) => {
      sent = authorization
      return { status: 200, body: { schema: '"string"' } }
    })
    await api().schemaById(1)
    expect(sent).toBe(`Basic ${btoa('u:p')}`)
  })
})

describe('opening the codec', () => {
  const open = (clock: Clock = quickClock(), startTimeoutMs = 10_000) =>
    openCodec({ registry: api(), topicPrefix: '', clock, startTimeoutMs })

  test('finds the ids of our schemas and registers nothing', async () => {
    const seen = await serve(complete)
    const codec = await open()
    const bytes = codec.encode('ops.clock', { instanceId: 'x' })
    const id = schemas.findIndex(([topic]) => topic === 'ops.clock') + 1
    expect(Buffer.from(bytes).readUInt32BE(1)).toBe(id)
    expect(codec.decode('ops.clock', bytes)).toMatchObject({ ok: true })
    expect(seen.filter((line) => !line.startsWith('GET'))).toEqual([])
  })

  test('a schema that is not registered is told with what to do', async () => {
    await serve((path) => (path.includes('audit.late') ? complete('') : complete(path)))
    await expect(open()).rejects.toMatchObject({
      code: 'XP_SCHEMA_MISSING',
      message: expect.stringContaining('audit.late-value'),
      remedy: expect.stringContaining('crosspoint schemas apply'),
    })
  })

  test('a tool reads by what is registered, and misses a schema when it writes by it', async () => {
    await serve((path) => (path.includes('ops.clock') ? complete('') : complete(path)))
    const codec = await openCodec({
      registry: api(),
      topicPrefix: '',
      clock: quickClock(),
      startTimeoutMs: 10_000,
      mayLack: true,
    })
    expect(codec.decode('audit.late', Buffer.from([0, 0, 0, 0, 1]))).toMatchObject({ ok: false })
    expect(() => codec.encode('ops.clock', { instanceId: 'x' })).toThrow(
      expect.objectContaining({ code: 'XP_SCHEMA_MISSING' }),
    )
  })

  test('a registry that is down is waited for, but not for ever', async () => {
    let downFor = 3
    await serve((path) => (downFor-- > 0 ? { status: 503, body: {} } : complete(path)))
    await expect(open()).resolves.toBeDefined()
    downFor = Number.POSITIVE_INFINITY
    await expect(open()).rejects.toMatchObject({ code: 'XP_REGISTRY_UNREACHABLE' })
  })

  test('learning: many misses are one request, unknown is believed for a while only', async () => {
    const seen = await serve(complete)
    const clock = quickClock()
    const codec = await open(clock)
    const asked = () => seen.filter((line) => line.endsWith('/schemas/ids/99')).length
    const bytes = Buffer.from([0, 0, 0, 0, 99, 0])
    expect(codec.decode('ops.clock', bytes)).toEqual({ ok: false, retry: true, schemaId: 99 })
    const answers = await Promise.all([codec.learn(99), codec.learn(99), codec.learn(99)])
    expect(answers).toEqual(['unknown', 'unknown', 'unknown'])
    expect(asked()).toBe(1)
    expect(await codec.learn(99)).toBe('unknown')
    expect(codec.decode('ops.clock', bytes)).toMatchObject({ code: 'XP_SCHEMA_UNKNOWN' })
    expect(asked()).toBe(1)
    clock.nowAt += 60_001
    expect(codec.decode('ops.clock', bytes)).toMatchObject({ retry: true })
    await codec.learn(99)
    expect(asked()).toBe(2)
  })

  test('learning while the registry is down: unavailable, and asked again next time', async () => {
    let down = false
    await serve((path) => (down ? { status: 503, body: {} } : complete(path)))
    const codec = await open()
    down = true
    expect(await codec.learn(98)).toBe('unavailable')
    down = false
    expect(await codec.learn(98)).toBe('unknown')
  })
})
