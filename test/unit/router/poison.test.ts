import { describe, expect, test } from 'vitest'
import { HEADER } from '../../../services/domain/request.ts'
import { arrival, world } from './shell-world.ts'

type World = ReturnType<typeof world>

/** Appends an arrival of `callId` under a key that need not be its own. */
function append(
  { broker, codec }: World,
  key: string | null,
  callId: string,
  headers: Record<string, string> = {},
): void {
  const value = codec.encode('call.arrived', { ...arrival, callId })
  const all = { [HEADER.requestNo]: '1', ...headers }
  broker.append({ topic: 'call.arrived', partition: 0, key, value, headers: all })
}

/** Runs with the arrivals' schema known, or not known until a second has passed. */
async function inBothPaths(
  run: (world: World, pass: (ms: number) => Promise<void>) => Promise<void>,
) {
  for (const path of ['direct', 'held']) {
    const at = world()
    await at.start()
    if (path === 'held') {
      at.codec.forget(at.codec.idOf('call.arrived'))
      at.codec.setRegistry('down')
      at.time.after(100, () => at.codec.setRegistry('up'))
    }
    await run(at, at.pass)
  }
}

const triggers = ({ decisions }: World) =>
  new Map(decisions().map(({ callId, trigger }) => [callId, trigger]))
const codes = ({ broker }: World) =>
  broker.records('call.arrived.dlt').map(({ headers }) => String(headers['dlt-code']))

describe('§4.10 a poisoned arrival', () => {
  test("whose value names another call is decided as its key's, and that call as itself", () =>
    inBothPaths(async (at, pass) => {
      append(at, 'call-y', 'call-x')
      await pass(2000)
      append(at, 'call-x', 'call-x')
      await pass(3000)
      const decided = triggers(at)
      expect([...decided.keys()].toSorted()).toEqual(['call-x', 'call-y'])
      expect(decided.get('call-y')).toBe('UNREADABLE')
      expect(decided.get('call-x')).toBe('DEADLINE')
      expect(codes(at)).toEqual(['XP_RECORD_KEY_MISMATCH'])
    }))

  test('without a key is set aside, and nobody is decided by it', () =>
    inBothPaths(async (at, pass) => {
      append(at, null, 'call-x')
      await pass(3000)
      expect(at.decisions()).toEqual([])
      expect(codes(at)).toEqual(['XP_RECORD_KEY_MISMATCH'])
    }))

  test('whose call id is longer than 512 bytes is decided under a name made of its place', () =>
    inBothPaths(async (at, pass) => {
      const long = 'ü'.repeat(257)
      append(at, long, long)
      await pass(3000)
      expect([...triggers(at)]).toEqual([['unreadable-0-0', 'UNREADABLE']])
      expect(codes(at)).toEqual(['XP_RECORD_TOO_LARGE'])
    }))

  test('only a traceparent of the shape W3C gives it goes on to the decision', async () => {
    const at = world()
    await at.start()
    const sound = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`
    append(at, 'call-1', 'call-1', { [HEADER.traceparent]: sound })
    append(at, 'call-2', 'call-2', { [HEADER.traceparent]: 'x'.repeat(100_000) })
    await at.pass(3000)
    const carried = at.decisions().map(({ callId, at: { headers } }) => {
      const header = headers[HEADER.traceparent]
      return `${callId} ${header === undefined ? 'without' : String(header)}`
    })
    expect(carried.toSorted()).toEqual([`call-1 ${sound}`, 'call-2 without'])
  })
})
