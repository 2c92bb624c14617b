/** Who must not run, of a crew whose processes are none. */
import { expect, it, vi } from 'vitest'
import { createCrew } from '../../../services/chaos/crew.ts'
import type { Nursery } from '../../../services/local/nursery.ts'
import type { Act } from '../../../services/chaos/truth.ts'

vi.mock('../../../infra/niceness.ts', () => ({ startGently: () => undefined }))

function crewOf(running: boolean) {
  const done: Act[] = []
  const child = {
    name: 'router-1',
    logFile: 'router-1.log',
    running: () => running,
    firstLine: () => Promise.reject(new Error('said nothing')),
  }
  const nursery = { raise: () => child } as unknown as Nursery
  const truth = { lines: [], did: (act: Act) => void done.push(act) }
  return { crew: createCrew({ nursery, truth, environmentOf: () => ({}) }), done }
}

it('one that has ended before it was ready has refused', async () => {
  const { crew, done } = crewOf(false)
  expect(await crew.refused('router')).toBe('router-1.log')
  expect(done.at(-1)).toMatchObject({ detail: { what: 'refused' } })
})

it('one that is not ready and still runs has not', async () => {
  const { crew, done } = crewOf(true)
  await expect(crew.refused('router')).rejects.toThrow('was expected to refuse, and runs')
  expect(done.at(-1)).toMatchObject({ detail: { what: 'starting' } })
})
