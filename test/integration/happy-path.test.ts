/** Every route of the example policy on real Kafka, with all systems of record healthy. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { CallArrived } from '../../schemas/records.ts'
import { HEADER } from '../../services/domain/request.ts'
import type { LogRecord } from '../../services/platform/ports.ts'
import { type Callers, lineOf } from './world/callers.ts'
import { openWorld, type Sent, startServices, type World } from './world/world.ts'

let world: World
beforeAll(async () => {
  world = await openWorld()
  await startServices(world)
})
afterAll(() => world[Symbol.asyncDispose]())

const known = ({ priority }: { priority: unknown }): boolean => priority !== null

interface Route {
  readonly caller: string
  readonly call: (callers: Callers) => Partial<CallArrived>
  readonly expect: Record<string, unknown>
}

const ROUTES: readonly Route[] = [
  {
    caller: 'a VIP to the VIP queue first',
    call: (callers) => ({ ani: callers.like('vip', () => true).phone }),
    expect: { ruleId: 'vip', target: { type: 'QUEUE', id: 'vip' }, priority: 1 },
  },
  {
    caller: 'a platinum customer to the VIP queue first',
    call: (callers) => ({ ani: callers.like('platinum', known).phone }),
    expect: { ruleId: 'platinum', target: { type: 'QUEUE', id: 'vip' }, priority: 1 },
  },
  {
    caller: 'a known issue to the specialists with its skill',
    call: (callers) => ({
      ani: callers.like('known issue', ({ customer }) => customer.knownIssue === 'tv-box').phone,
    }),
    expect: {
      ruleId: 'known-issue',
      target: { type: 'QUEUE', id: 'specialists' },
      skills: [{ name: 'tv-box', minLevel: 1 }],
    },
  },
  {
    caller: 'an open ticket to the agent who owns it, then to the team',
    call: (callers) => ({
      ani: callers.like('open ticket', ({ customer: { openTicket } }) => {
        return openTicket?.owner === 'agent-7' && openTicket.team === 'support-2'
      }).phone,
    }),
    expect: {
      ruleId: 'open-ticket-team-2',
      preferredAgent: { id: 'agent-7', waitMs: 30_000 },
      overflowTarget: { type: 'QUEUE', id: 'support-2' },
    },
  },
  {
    caller: 'a high-value account to senior staff',
    call: (callers) => ({ ani: callers.like('high value', known).phone }),
    expect: { ruleId: 'high-value', target: { type: 'QUEUE', id: 'senior' }, priority: 2 },
  },
  {
    caller: 'who chose billing to billing',
    call: (callers) => ({ ani: callers.plain().phone, ivrIntent: 'billing' }),
    expect: { ruleId: 'billing', target: { type: 'QUEUE', id: 'billing' } },
  },
  {
    caller: 'a past-due account to billing',
    call: (callers) => ({ ani: callers.like('past due', known).phone }),
    expect: { ruleId: 'billing', target: { type: 'QUEUE', id: 'billing' } },
  },
  {
    caller: 'a chosen language to those who speak it',
    call: (callers) => ({ ani: callers.plain().phone, language: 'fr' }),
    expect: {
      ruleId: 'language-chosen',
      skills: [{ name: 'language-fr', minLevel: 3 }],
      language: 'fr',
    },
  },
  {
    caller: 'a language the CRM knows to those who speak it',
    call: (callers) => ({
      ani: callers.like('language', (one) => known(one) && one.customer.language === 'tr').phone,
    }),
    expect: {
      ruleId: 'language-known',
      skills: [{ name: 'language-tr', minLevel: 3 }],
      language: 'tr',
    },
  },
  {
    caller: 'a closed line to a callback where there is one',
    call: (callers) => ({ ani: callers.plain().phone, dnis: lineOf('evening desk') }),
    expect: { ruleId: 'closed-callback', target: { type: 'CALLBACK', id: 'callback' } },
  },
  {
    caller: 'a closed line without callback to voicemail',
    call: (callers) => ({ ani: callers.plain().phone, dnis: lineOf('old hotline') }),
    expect: { ruleId: 'closed-voicemail', target: { type: 'VOICEMAIL', id: 'voicemail' } },
  },
  {
    caller: "a virtual agent's hand-over with its treatment",
    call: (callers) => ({
      ani: callers.plain().phone,
      virtualAgent: { summary: 'Cannot log in since Monday.', intent: 'login', confidence: 0.8 },
    }),
    expect: {
      ruleId: 'virtual-agent-hand-over',
      treatment: 'hand-over',
      summary: 'Cannot log in since Monday.',
    },
  },
  {
    caller: 'an unknown caller to a path of their own',
    call: (callers) => ({ ani: callers.unknown() }),
    expect: { ruleId: 'unknown-caller', target: { type: 'QUEUE', id: 'unknown-callers' } },
  },
  {
    caller: 'one number of several customers to the same path',
    call: (callers) => ({ ani: callers.shared() }),
    expect: { ruleId: 'unknown-caller', target: { type: 'QUEUE', id: 'unknown-callers' } },
  },
  {
    caller: 'who withheld the number to the same path',
    call: (callers) => ({ ani: callers.plain().phone, aniPresentation: 'RESTRICTED' }),
    expect: {
      ruleId: 'unknown-caller',
      target: { type: 'QUEUE', id: 'unknown-callers' },
      callerToken: null,
    },
  },
  {
    caller: 'everybody else to general',
    call: (callers) => ({ ani: callers.plain().phone }),
    expect: {
      ruleId: 'default',
      target: { type: 'QUEUE', id: 'general' },
      priority: 5,
      language: 'de',
      flags: [],
      fallbacks: [],
      trigger: 'ALL_SETTLED',
      deliverable: true,
      lane: 'PRIMARY',
    },
  },
]

const text = (record: LogRecord, name: string): string => {
  const value = record.headers[name]
  return Buffer.from(value instanceof Uint8Array ? value : (value?.[0] ?? [])).toString()
}

describe('with every system of record healthy', () => {
  it.concurrent.each(ROUTES)('routes $caller', async ({ call, expect: expected }) => {
    const sent = await world.arrive(call(world.callers))
    const { value, record } = await world.decisionOf(sent.callId)
    expect(value).toMatchObject({ ...expected, callId: sent.callId, requestNo: 1 })
    // Nothing is late when nothing is wrong.
    expect(record.appendedAt).toBeLessThanOrEqual(value.decideBy)
  })
})

describe('a decision', () => {
  const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'
  let sent: Sent

  beforeAll(async () => {
    const call = {
      ani: world.callers.plain().phone,
      virtualAgent: { summary: 'Wants to move house.', intent: 'move', confidence: 0.9 },
    }
    sent = await world.arrive(call, { headers: { traceparent } })
  })

  it('repeats its identity in headers and carries the trace through (§2, §7)', async () => {
    const { value, record } = await world.decisionOf(sent.callId)
    expect({
      callId: text(record, HEADER.callId),
      requestNo: text(record, HEADER.requestNo),
      decisionId: text(record, HEADER.decisionId),
      decidedAt: text(record, HEADER.decidedAt),
      lane: text(record, HEADER.lane),
      traceparent: text(record, HEADER.traceparent),
    }).toEqual({
      callId: sent.callId,
      requestNo: '1',
      decisionId: value.decisionId,
      decidedAt: String(value.decidedAt),
      lane: 'PRIMARY',
      traceparent,
    })
  })

  it('and all that follows from the call lie in the partition of the arrival, under its id (§2)', async () => {
    const topics = ['call.routed', 'call.lookup', 'call.context', 'audit.decision'] as const
    for (const topic of topics) {
      const seen = await world.witness.first(topic, topic, ({ callId }) => callId === sent.callId)
      expect([topic, seen.record.partition]).toEqual([topic, sent.partition])
      expect(Buffer.from(seen.record.key ?? []).toString()).toBe(sent.callId)
    }
    const { value } = await world.decisionOf(sent.callId)
    expect(value.arrivalAt).toMatchObject({ partition: sent.partition, offset: sent.offset })
    expect(value.arrivedAt).toBe(sent.appendedAt)
  })

  it("tells the agent's screen in revision 1 what is known of each dependency, and the summary", async () => {
    const context = await world.witness.first(
      'call.context',
      'call.context',
      ({ callId }) => callId === sent.callId,
    )
    expect(context.value).toMatchObject({
      requestNo: 1,
      revision: 1,
      summary: 'Wants to move house.',
      facts: { 'crm.tier': 'STANDARD', 'crm.language': 'de' },
    })
    const states = context.value.dependencies.map((one) => [one.dependency, one.state])
    expect(states).toEqual([
      ['crm', 'FOUND'],
      ['billing', 'FOUND'],
      ['scheduling', 'FOUND'],
      ['priority', 'FOUND'],
    ])
  })

  it('is audited once, as effective', async () => {
    const { value, record } = await world.decisionOf(sent.callId)
    const audited = await world.witness.first(
      'audit.decision',
      'audit.decision',
      ({ decisionId }) => decisionId === value.decisionId,
    )
    expect(audited.value).toMatchObject({
      effective: true,
      routedAt: { partition: record.partition, offset: record.offset },
      appendedAt: record.appendedAt,
      target: value.target,
      ruleId: value.ruleId,
    })
    const all = world.witness
      .all('audit.decision')
      .filter(({ value: one }) => one.callId === sent.callId)
    expect(all).toHaveLength(1)
  })

  it('is made anew when the call asks again', async () => {
    await world.decisionOf(sent.callId)
    await world.arrive({ callId: sent.callId, requestNo: 2, ivrIntent: 'billing' })
    const { value } = await world.decisionOf(sent.callId, 2)
    expect(value).toMatchObject({ requestNo: 2, callId: sent.callId })
    const first = await world.decisionOf(sent.callId, 1)
    expect(first.value.decisionId).not.toBe(value.decisionId)
  })

  it('comes once however often the arrival is repeated', async () => {
    const call = { ani: world.callers.plain().phone, callId: `repeated-${sent.callId}` }
    const copies = await Promise.all([1, 2, 3].map(() => world.arrive(call)))
    const { value } = await world.decisionOf(call.callId)
    expect(copies.map(({ offset }) => offset)).toContain(value.arrivalAt.offset)
    // A later call in the same partition was read after all copies.
    const next = await world.arrive(
      { ani: world.callers.plain().phone },
      { partition: copies[0]?.partition ?? 0 },
    )
    await world.decisionOf(next.callId)
    const all = world.witness
      .all('call.routed')
      .filter(({ value: one }) => one.callId === call.callId)
    expect(all).toHaveLength(1)
  })
})
