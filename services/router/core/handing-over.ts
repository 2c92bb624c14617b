/**
 * A partition that another router takes over while calls are in flight (design §5: a graceful restart
 * hands over within 3 s). The successor needs a moment to read the log; until it has, whoever had the
 * partition stands in for it as a backup lane would, for calls that arrive meanwhile as well: it publishes
 * only from decideBy − backupMargin on, and only what it has not seen decided. Overdue requests are the
 * successor's.
 */
import { createDueQueue } from './deadline.ts'
import type { PartitionState } from './state.ts'

export function handOver(state: PartitionState): void {
  state.lane = { ...state.lane, publishes: 'at-backup-margin', overdueDelayMs: Infinity }
  state.due = createDueQueue()
  for (const request of state.open.values()) {
    if (request.overdue || request.decided !== null) continue
    request.dueAt = request.decideBy - request.policy.margins.backupMs
    state.due.push(request)
  }
}
