/** Which policy governs a call: design §6, by its arrival's append time alone. */
import type { Plan } from '../plan.ts'
import type { Mutation } from './mutation.ts'

const published = ({ publications }: Plan): boolean => publications.length > 0
const versions = 'test/unit/policy/versions.test.ts'
const SAME_MS = 'no two things of a world fall into one millisecond'

export const GOVERNING: readonly Mutation[] = [
  {
    id: 'governed-when-read',
    rule: '§6 Versions',
    broken: 'the version that is in force when a call is read governs it',
    file: 'services/router/core/arrivals.ts',
    find: 'const policy = policyAt(appendedAt)',
    put: 'const policy = policyAt(now)',
    where: published,
  },
  {
    id: 'governs-before-its-time',
    rule: '§6 Versions',
    broken: 'a version governs as soon as it is read, whatever its activeFrom',
    file: 'services/policy/core/versions.ts',
    find: 'version !== undefined && version.activeFrom <= appendedAt',
    put: 'version !== undefined',
    where: published,
  },
  {
    id: 'governs-a-moment-later',
    rule: '§6 Versions',
    broken: 'a call that arrives just at activeFrom is governed by the version before',
    file: 'services/policy/core/versions.ts',
    find: 'version.activeFrom <= appendedAt',
    put: 'version.activeFrom < appendedAt',
    seenBy: { test: versions, because: SAME_MS },
  },
  {
    id: 'first-of-equal-governs',
    rule: '§6 Versions',
    broken: 'of two versions with the same activeFrom the one published first governs',
    file: 'services/policy/core/versions.ts',
    find: 'activeFrom > one.activeFrom',
    put: 'activeFrom >= one.activeFrom',
    seenBy: { test: versions, because: SAME_MS },
  },
  {
    id: 'notice-unneeded',
    rule: '§6 Versions',
    broken: 'a version is taken however short before it governs it was published',
    file: 'services/policy/core/versions.ts',
    find: 'if (isTooSoon(value.activeFrom, appendedAt)) {',
    put: 'if (value.activeFrom < 0) {',
    where: ({ publications }) => publications.some(({ noticeMs }) => noticeMs < 5000),
  },
]
