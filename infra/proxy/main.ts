/** The process in which proxies run: does what its parent asks over the channel, and ends with it. */
import process from 'node:process'
import type { Reply, Request } from './messages.ts'
import { type Proxy, createProxy } from './proxy.ts'

const links = new Map<number, Proxy>()

async function serve(request: Request): Promise<Reply> {
  const { no } = request
  if (request.act === 'open') {
    const link = await createProxy(request.options)
    links.set(no, link)
    return { no, port: link.port }
  }
  const link = links.get(request.link)
  if (link === undefined) return { no, failed: `There is no link ${request.link}.` }
  if (request.act === 'trouble') await link.trouble(request.trouble)
  else {
    links.delete(request.link)
    await link.close()
  }
  return { no, port: link.port }
}

process.on('message', (raw) => {
  const request = raw as Request
  serve(request)
    .catch((error: unknown): Reply => ({ no: request.no, failed: String(error) }))
    .then((reply) => process.send?.(reply))
    .catch(() => undefined)
})
process.once('disconnect', () => process.exit(0))
// An interrupt from the terminal is the parent's to handle: services may still be ending through here.
process.on('SIGINT', () => undefined)
