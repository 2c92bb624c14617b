/** A CRM, billing and scheduling in one, that answer with marks and err with marks. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { CALLERS, FACTS } from './marks.ts'

export interface Source {
  readonly url: string
  /** Names of the callers whom the CRM was asked for. */
  asked(): readonly string[]
  close(): Promise<void>
}

/** Longer than the CRM's time-out, shorter than the enricher waits for a late answer. */
const LATE_MS = 2300

const now = (): string => new Date().toISOString()

const customer = (phone: string): Record<string, unknown> => ({
  id: FACTS.customerId.value,
  phone,
  name: FACTS.name.value,
  tier: FACTS.tier.value,
  language: FACTS.language.value,
  valueBand: FACTS.valueBand.value,
  openTicket: {
    id: FACTS.openTicketId.value,
    owner: FACTS.ticketOwner.value,
    team: FACTS.ticketTeam.value,
  },
  knownIssue: FACTS.knownIssue.value,
  lastContactAt: FACTS.lastContactAt.value,
  tokenList: [FACTS.tokenList.value],
  dropList: [FACTS.dropList.value],
  tokenLong: Number(FACTS.tokenLong.value),
  dropLong: Number(FACTS.dropLong.value),
  unmapped: FACTS.unmapped.value,
  updatedAt: now(),
})

type Caller = keyof typeof CALLERS
type Answer = (phone: string, response: ServerResponse) => void | Promise<void>

const json = (response: ServerResponse, body: unknown): void => {
  response.setHeader('content-type', 'application/json').end(JSON.stringify(body))
}
const found: Answer = (phone, response) => json(response, { matches: [customer(phone)] })

const [BODY, HEADER, PHRASE] = CALLERS.status.answers
const ANSWERS: { readonly [Name in Caller]?: Answer } = {
  late: async (phone, response) => {
    await delay(LATE_MS)
    await found(phone, response)
  },
  status: (phone, response) => {
    response.writeHead(500, PHRASE.value, { 'x-why': HEADER.value, 'retry-after': HEADER.value })
    response.end(`${BODY.value} of ${phone}`)
  },
  broken: (phone, response) => {
    response.end(`{"matches": [{"phone": "${phone}", "name": "${CALLERS.broken.answers[0].value}`)
  },
  types: (phone, response) => {
    const wrong = [{ of: CALLERS.types.answers[0].value }]
    json(response, { matches: [{ ...customer(phone), tier: wrong, tokenLong: wrong }] })
  },
  other: (_phone, response) => found(CALLERS.other.answers[0].value, response),
  garbage: (phone, response) => {
    response.socket?.end(`${CALLERS.garbage.answers[0].value} ${phone}\r\n\r\n`)
  },
  redirect: (phone, response) => {
    const location = `/${CALLERS.redirect.answers[0].value}/${encodeURIComponent(phone)}`
    response.writeHead(302, { location }).end()
  },
}

function nameOf(phone: string): Caller | undefined {
  return (Object.keys(CALLERS) as Caller[]).find((name) => CALLERS[name].ani.value === phone)
}

export async function startSource(): Promise<Source> {
  const asked = new Set<string>()
  const answer = (request: IncomingMessage, response: ServerResponse): void | Promise<void> => {
    const url = new URL(request.url ?? '/', 'http://localhost')
    const last = decodeURIComponent(url.pathname.split('/').at(-1) ?? '')
    if (url.pathname.startsWith('/v1/lines/')) {
      const hours = { open: true, callbackOffered: false, seniorOnShift: true }
      return json(response, { dnis: last, ...hours, syncedAt: now() })
    }
    if (url.pathname.startsWith('/v1/accounts/')) {
      const balanceCents = Number(FACTS.balanceCents.value)
      const account = { pastDue: false, balanceCents, plan: FACTS.plan.value, asOf: now() }
      return json(response, { customerId: last, ...account })
    }
    const phone = url.searchParams.get('phone') ?? ''
    const name = nameOf(phone)
    if (name !== undefined) asked.add(name)
    return (name === undefined ? found : (ANSWERS[name] ?? found))(phone, response)
  }
  const server = createServer((request, response) => void answer(request, response))
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    asked: () => [...asked],
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => {
        server.close(resolve)
      })
    },
  }
}
