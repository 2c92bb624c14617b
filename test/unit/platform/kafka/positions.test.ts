import { expect, test } from 'vitest'
import { createPositions } from '../../../../services/platform/kafka/positions.ts'

test('what is to be read goes by the names of the brokers: sought, not paused, of topics with any', () => {
  const positions = createPositions()
  for (const partition of [0, 1, 2]) positions.gain('call.arrived', partition)
  positions.gain('call.lookup', 0)
  const stand = (partition: number, position: number | undefined, paused: boolean) => {
    const state = positions.get('call.arrived', partition)
    if (state === undefined) throw new Error('expected a partition')
    Object.assign(state, { position, paused })
  }
  stand(0, 7, false)
  stand(1, 8, true)
  stand(2, undefined, false)
  expect(positions.wanted((topic) => `test.${topic}`)).toEqual(
    new Map([['test.call.arrived', new Map([[0, 7]])]]),
  )
})
