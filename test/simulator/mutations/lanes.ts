/** Two lanes: what a backup may do, and when (design §4, Lanes). */
import type { Mutation } from './mutation.ts'

const seenBy = {
  test: 'test/unit/router/shell.test.ts',
  because: 'the simulator has one lane',
}

export const LANES: readonly Mutation[] = [
  {
    id: 'backup-publishes-at-once',
    rule: '§4 Lanes',
    broken: 'a backup publishes what is certain without waiting for its margin',
    file: 'services/router/core/deciding.ts',
    find: "!== 'at-once' && now < request.dueAt",
    put: "=== 'at-once' && now < -Infinity",
    seenBy,
  },
]
