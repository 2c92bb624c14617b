/** `audit tail`: audit records as sentences, one line each. Pure. */
import type {
  DecisionAudited,
  FallbackApplied,
  LookupArrivedLate,
} from '../../../schemas/records.ts'
import { lateness } from '../lateness.ts'

const clock = (ms: number): string => new Date(ms).toISOString().slice(0, 23).replace('T', ' ')

export function fallbackLine(one: FallbackApplied): string {
  const head = `${clock(one.appendedAt)}  ${one.kind.padEnd(8)}  ${one.reason}`
  return `${head}  ${one.sentence}  [${one.callId}]`
}

export function decisionLine(one: DecisionAudited): string {
  const waitedMs = one.appendedAt - one.arrivedAt
  const effective = one.effective ? 'DECIDED ' : 'LOST    '
  const flags = one.flags.length === 0 ? '' : `  ${one.flags.join(' ')}`
  const route = `${one.target.id} by ${one.ruleId} after ${waitedMs} ms (${one.trigger})`
  return `${clock(one.appendedAt)}  ${effective}  ${route}${flags}  [${one.callId}]`
}

export function lateLine(one: LookupArrivedLate, atMs: number): string {
  const differs = one.differs
    ? `would have gone to ${one.counterfactualTarget?.id} instead of ${one.routedTarget.id}`
    : 'same route'
  return `${clock(atMs)}  LATE      ${one.dependency} answered ${lateness(one)}: ${differs}  [${one.callId}]`
}
