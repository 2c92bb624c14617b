/** Two lanes: what a backup may do, and when (design §4, Lanes). */
import type { Plan } from '../plan.ts'
import type { Mutation } from './mutation.ts'
import { faulty } from './where.ts'

/** It was away, or begins while calls come: some are overdue when it reads them. */
const late = faulty(
  { kind: 'kill', service: 'backup' },
  { kind: 'lane' },
  { kind: 'freeze', service: 'backup', forMsMin: 5000 },
)
const backed = ({ backups }: Plan): boolean => backups > 0

export const LANES: readonly Mutation[] = [
  {
    id: 'backup-publishes-at-once',
    rule: '§4 Lanes',
    broken: 'a backup publishes what is certain without waiting for its margin',
    file: 'services/router/core/deciding.ts',
    find: "!== 'at-once' && now < request.dueAt",
    put: "=== 'at-once' && now < -Infinity",
    where: backed,
  },
  {
    id: 'backup-at-publish-margin',
    rule: '§4 Lanes',
    broken: 'a backup publishes from decideBy − publishMargin on, as a primary does',
    file: 'services/router/core/deadline.ts',
    find: "const marginMs = lane.publishes === 'at-once' ? publishMs : backupMs",
    put: 'const marginMs = publishMs',
    where: backed,
  },
  {
    id: 'backup-overdue-at-once',
    rule: '§4 Lanes',
    broken: 'a backup decides an overdue call as soon as it is read',
    file: 'services/router/core/deciding.ts',
    find: 'return readAt + lane.overdueDelayMs',
    put: 'return readAt',
    where: (plan) => backed(plan) && late(plan),
  },
  {
    id: 'backup-deaf',
    rule: '§4 Lanes',
    broken: 'a backup does not heed what a primary has decided',
    file: 'services/router/core/deciding.ts',
    find: 'const key = requestKey(marker)\n  state.markers',
    put: "if (state.config.lane.name === 'BACKUP') return\n  const key = requestKey(marker)\n  state.markers",
    where: backed,
  },
  {
    id: 'backup-makes-room',
    rule: '§4 Lanes',
    broken: 'a backup decides its oldest request to make room, before its margin',
    file: 'services/router/core/deciding.ts',
    find: "if (!state.gate.open || state.lane.publishes !== 'at-once') return",
    put: 'if (!state.gate.open) return',
    where: ({ backups, limits }) => backups > 0 && limits !== null,
  },
  {
    id: 'backup-shares-the-group',
    rule: '§4 Lanes',
    broken: 'a backup is in the group of the primaries, so nobody follows what one of them holds',
    file: 'services/router/settings.ts',
    find: "groupId: 'router-backup'",
    put: "groupId: 'router'",
    where: backed,
  },
]
