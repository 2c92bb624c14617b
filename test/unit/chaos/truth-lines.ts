/** Lines of a ground-truth log, and the deployment that tests of outages are about. */
import { outagesOf } from '../../../services/chaos/outages.ts'
import type { Role, Trouble } from '../../../services/chaos/scenario.ts'
import type { Span } from '../../../services/chaos/spans.ts'
import type { BrokerEvent, ServiceEvent, TruthLine } from '../../../services/chaos/truth.ts'

export const END = 200_000
export const three = { brokers: 3, publishMarginMs: 250, endedAt: END }
export const one = { ...three, brokers: 1 }

export const service = (at: number, role: Role, target: string, what: ServiceEvent): TruthLine => ({
  at,
  kind: 'service',
  target,
  detail: { role, what },
})
export const broker = (at: number, node: number, what: BrokerEvent): TruthLine => ({
  at,
  kind: 'broker',
  target: String(node),
  detail: { what },
})
export const leaders = (at: number, sinceMs: number): TruthLine => ({
  at,
  kind: 'leaders',
  target: 'brokers',
  detail: { moved: 3, sinceMs },
})
export const network = (at: number, from: Role | 'services', trouble: Trouble): TruthLine => ({
  at,
  kind: 'network',
  target: `${from} → broker`,
  detail: { link: { from, to: 'broker' }, trouble },
})

export const router = service(0, 'router', 'router-1', 'ready')
export const backup = service(0, 'backup', 'backup-1', 'ready')
/** What lies before the crew was ready is no part of a run. */
export const outages = (truth: readonly TruthLine[], deployment = three): readonly Span[] =>
  outagesOf(truth, deployment).filter(({ toMs }) => toMs > 0)
