/** One partition's core, driven by hand: what it publishes is appended and acknowledged as told. */
import fc from 'fast-check'
import type { CallArrived, CallRouted, LookupSettled } from '../../../schemas/records.ts'
import type { CoreConfig } from '../../../services/router/core/config.ts'
import { step } from '../../../services/router/core/partition.ts'
import type { Request } from '../../../services/router/core/request.ts'
import { type Input, takeOver } from '../../../services/router/core/state.ts'
import { plainCore } from '../../core-config.ts'
import { arrival, lookup, policy, privacy } from './shell-world.ts'

export const T0 = 1_700_000_000_000

const limits = { openMax: 1000, earlyMax: 4000, heldBytesMax: 1_000_000 }
const config: CoreConfig = { ...plainCore({ policy, privacy, ...limits }), partition: 3 }

interface Published {
  readonly request: Request
  readonly decision: CallRouted
}

/** A core that was taken over at `since`; its gate is open unless told otherwise. */
export function core(options: Partial<CoreConfig> = {}, gateOpen = true) {
  let state = takeOver({ ...config, ...options }, T0 - 60_000)
  const published: Published[] = []
  const run = (input: Input, now: number): void => {
    const stepped = step(state, input, now)
    state = stepped.state
    for (const effect of stepped.effects) if (effect.type === 'publish') published.push(effect)
  }
  run({ type: 'position', topic: 'call.lookup', nextOffset: 0 }, T0)
  run({ type: 'position', topic: 'call.routed', nextOffset: 0 }, T0)
  if (gateOpen) run({ type: 'gate', lookupEnd: 0, routedEnd: 0 }, T0)
  return {
    run,
    published,
    state: () => state,
    decisions: () => published.map(({ decision }) => decision),
    /** Acknowledges all that was published from the n-th on. */
    acknowledge: (from = 0, delayMs = 5): void => {
      for (const { request, decision } of published.slice(from)) {
        const { decidedAt } = decision
        const appendedAt = decidedAt + delayMs
        run({ type: 'acknowledged', request, decidedAt, appendedAt }, appendedAt)
      }
    },
  }
}

export function arrived(
  offset: number,
  callId: string,
  appendedAt: number,
  more: Partial<CallArrived> = {},
): Input {
  const value = { ...arrival, callId, ...more }
  const { requestNo } = value
  const place = { callId, requestNo, offset, appendedAt, traceparent: null }
  return { type: 'arrived', arrival: value, ...place }
}

export function settled(
  offset: number,
  callId: string,
  dependency: string,
  appendedAt: number,
  more: Partial<LookupSettled> = {},
): Input {
  const value = { ...lookup, callId, dependency, ...more }
  return { type: 'lookup', lookup: value, offset, appendedAt }
}

export function marker(callId: string, decidedAt: number, appendedAt: number): Input {
  return { type: 'marker', callId, requestNo: 1, decisionId: 'd', decidedAt, appendedAt }
}

export const dependencies = policy.dependencies.map(({ name }) => name)

const fact = {
  crm: fc.record({
    customerId: fc.constantFrom('c1', null),
    tier: fc.constantFrom('STANDARD', 'PLATINUM', null),
    valueBand: fc.constantFrom('NORMAL', 'HIGH', null),
    openTicketId: fc.constantFrom('t1', null),
    ticketOwner: fc.constantFrom('agent-7', null),
    ticketTeam: fc.constantFrom('support-1', null),
    knownIssue: fc.constantFrom('router-x', null),
  }),
  billing: fc.record({ pastDue: fc.boolean(), balanceCents: fc.integer({ min: 0, max: 9e5 }) }),
  scheduling: fc.record({
    open: fc.boolean(),
    callbackOffered: fc.boolean(),
    seniorOnShift: fc.boolean(),
  }),
  priority: fc.record({ vip: fc.boolean(), level: fc.integer({ min: 0, max: 9 }) }),
} as const

/** What may come of a lookup. */
export function outcomeOf(dependency: string): fc.Arbitrary<Partial<LookupSettled>> {
  const facts = fact[dependency as keyof typeof fact]
  return fc.oneof(
    fc.record({ outcome: fc.constant('FOUND' as const), facts }),
    fc.constant({ outcome: 'NO_MATCH' as const }),
    fc.constant({
      outcome: 'TIMED_OUT' as const,
      cause: 'RESPONSE' as const,
      origin: 'NONE' as const,
    }),
    fc.constant({
      outcome: 'FAILED' as const,
      cause: 'UNREACHABLE' as const,
      origin: 'NONE' as const,
    }),
  ) as fc.Arbitrary<Partial<LookupSettled>>
}
