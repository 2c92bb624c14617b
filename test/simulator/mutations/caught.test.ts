/** A few of the mutations with every test run; `npm run mutations` tries all of them. */
import { expect, test } from 'vitest'
import { keptPlan } from '../kept.ts'
import { hunt } from './hunt.ts'
import { mutationNamed } from './list.ts'

const ROUNDS = [{ calls: 25, worlds: 60 }]

test.each([
  'reader-takes-every',
  'commit-received',
  'decisions-not-rewound',
  'reasons-untold',
  'lookup-commits-received',
])('%s is caught', async (id) => {
  const outcome = await hunt(mutationNamed(id), { rounds: ROUNDS, shrink: false })
  expect(outcome).toMatchObject({ kind: 'caught' })
})

test('what is caught can be made small: a handful of calls and faults', async () => {
  const outcome = await hunt(mutationNamed('gate-dropped'), { rounds: ROUNDS, shrink: true })
  const story = 'story' in outcome ? (outcome.story ?? '') : ''
  const [, file = ''] = story.split('.json:\n')
  const { plan } = keptPlan(file)
  expect(plan.arrivals.length).toBeLessThanOrEqual(5)
  expect(plan.faults.length).toBeLessThanOrEqual(3)
})
