import { connect, type Socket } from 'node:net'
import { expect, it } from 'vitest'
import { startProxies } from '../../../infra/proxy/process.ts'
import { codeOf, says, startTarget, until } from './sockets.ts'

it('proxies in a process of their own open links, trouble them and end with their parent', async () => {
  const target = await startTarget()
  await using proxies = startProxies()
  const options = { targetHost: '127.0.0.1', targetPort: target.port }
  const link = await proxies.createProxy(options)
  const dial = (): Socket => {
    const client = connect({ host: '127.0.0.1', port: link.port })
    client.on('error', () => undefined)
    return client
  }
  const client = dial()
  client.write('question')
  await until(() => target.sockets.length === 1)
  await says(target.sockets[0] as Socket, 'question')
  const ends = codeOf(client)
  await link.trouble({ kind: 'reset' })
  expect(await ends).toBe('ECONNRESET')
  await expect(proxies.createProxy({ ...options, listenPort: link.port })).rejects.toThrow(
    'EADDRINUSE',
  )
  await link.close()
  expect(await codeOf(dial())).toBe('ECONNREFUSED')
  await expect(link.trouble({ kind: 'none' })).rejects.toThrow('no link')
  target.server.close()
})
