/**
 * A system of record that does what the plan says. What it knows of a caller follows from the question
 * alone, so that asking again gives the same facts.
 */
import type { Connector } from '../../services/enricher/connectors/connector.ts'
import type { InputName, Question } from '../../services/enricher/core/question.ts'
import { failure, type RawResult } from '../../services/enricher/core/live.ts'
import type { MemoryProcess } from '../../services/platform/memory/process.ts'
import type { Dice } from './dice.ts'
import type { Dependency } from './dependencies.ts'
import type { Mode } from './plan.ts'

const INPUTS: { readonly [name in Dependency]: readonly InputName[] } = {
  crm: ['ani'],
  billing: ['need'],
  scheduling: ['dnis'],
  priority: ['ani'],
}

/** A dependency in trouble that answers at all does so after this, mostly too late. */
const SLOW_MS = { from: 800, to: 5000 }

export interface Source {
  readonly mode: () => Mode
  /** True time, for the source's stamps. */
  readonly nowMs: () => number
  /** It says far too much of some callers. */
  readonly talkative: boolean
}

export function fakeConnector(
  dependency: Dependency,
  process: MemoryProcess,
  draw: Dice,
  { mode, nowMs, talkative }: Source,
): Connector {
  const answerAfter = (delayMs: number, result: RawResult): Promise<RawResult> =>
    new Promise((resolve) => process.after(delayMs, () => resolve(result)))

  return {
    asked: `${dependency} by ${INPUTS[dependency].join(', ')}`,
    inputs: INPUTS[dependency],
    ask(question, control) {
      const now = mode()
      if (now !== 'refuse') control.reached('RESPONSE')
      if (now === 'hang') return new Promise(() => {})
      if (now === 'healthy' || now === 'latency') {
        const delayMs =
          now === 'healthy' ? draw.between(1, 60) : draw.between(SLOW_MS.from, SLOW_MS.to)
        return answerAfter(delayMs, answerTo(dependency, question, nowMs(), talkative))
      }
      return answerAfter(draw.between(1, 20), FAILURES[now])
    },
    close: () => Promise.resolve(),
  }
}

const FAILURES: { readonly [mode in 'refuse' | 'status' | 'badJson']: RawResult } = {
  refuse: failure('UNREACHABLE', 'refused the connection', { retry: true }),
  status: failure('ERROR_STATUS', 'answered with status 503', { retry: true }),
  badJson: failure('BAD_RESPONSE', 'answered with bad JSON', { blame: 'record' }),
}

function answerTo(
  dependency: Dependency,
  question: Question,
  nowMs: number,
  talkative: boolean,
): RawResult {
  const digits = Object.values(question).join('').replaceAll(/\D/g, '')
  const caller = Number(digits.slice(-2)) || 0
  if (dependency !== 'scheduling' && caller % 13 === 0) return { kind: 'NO_MATCH' }
  if (dependency === 'crm' && caller % 17 === 0) return { kind: 'MULTIPLE_MATCH' }
  const facts = FACTS[dependency](caller)
  // Some of what it has is older than any policy's patience.
  const syncedAt = nowMs - (caller % 19 === 4 ? OLD_MS : (caller % 3) * 1000)
  if (!talkative || dependency !== 'crm') return { kind: 'FOUND', facts, syncedAt }
  return { kind: 'FOUND', facts: { ...facts, ...chatter(caller) }, syncedAt }
}

const OLD_MS = 3 * 86_400_000

/** Too much for a decision, for a record, or for the enricher. */
function chatter(caller: number): { [name: string]: unknown } {
  if (caller % 5 === 1) return { name: 'x'.repeat(3000) }
  if (caller % 5 === 2) return { name: 'x'.repeat(4000), knownIssue: 'y'.repeat(4000) }
  return caller % 20 === 3 ? { name: 'x'.repeat(5000) } : {}
}

const FACTS: { readonly [name in Dependency]: (caller: number) => { [name: string]: unknown } } = {
  crm: (caller) => ({
    customerId: `customer-${caller}`,
    name: `Caller Number ${caller}`,
    tier: caller % 10 === 1 ? 'PLATINUM' : 'STANDARD',
    language: caller % 7 === 1 ? 'es' : null,
    valueBand: caller % 9 === 1 ? 'HIGH' : 'NORMAL',
    openTicketId: caller % 8 === 3 ? `ticket-${caller}` : null,
    ticketOwner: caller % 8 === 3 ? `agent-${caller}` : null,
    ticketTeam: caller % 8 === 3 ? 'support-1' : null,
    knownIssue: caller % 11 === 5 ? 'router-x' : null,
    // Left out for some: a partial answer.
    ...(caller % 6 === 2 ? {} : { lastContactAt: '2026-11-01T10:00:00Z' }),
  }),
  billing: (caller) => ({ pastDue: caller % 5 === 0, balanceCents: caller * 100, plan: 'basic' }),
  scheduling: () => ({ open: true, callbackOffered: false, seniorOnShift: true }),
  priority: (caller) => ({ vip: caller % 10 === 7, level: caller % 10 === 7 ? 1 : 5 }),
}
