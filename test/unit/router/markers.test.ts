import { describe, expect, test } from 'vitest'
import type { CallRouted } from '../../../schemas/records.ts'
import { HEADER } from '../../../services/domain/request.ts'
import { world } from './shell-world.ts'

type World = ReturnType<typeof world>

/** A decision as some router made it, for any call. */
async function someDecision(): Promise<CallRouted> {
  const { start, arrive, settleAll, decisions, pass } = world()
  await start()
  arrive('call-1')
  settleAll('call-1')
  await pass(500)
  const [decision] = decisions()
  if (decision === undefined) throw new Error('nothing was decided')
  const { appendedAt: _appendedAt, at: _at, ...value } = decision
  return value
}

interface Forged {
  readonly key?: string
  readonly value?: Uint8Array
}

/** Appends what bears the headers of a decision of the call; by default a sound one. */
function append({ broker, codec, time }: World, value: CallRouted, forged: Forged = {}): void {
  const decision = { ...value, decidedAt: Math.floor(time.nowMs()) }
  broker.append({
    topic: 'call.routed',
    partition: 0,
    key: decision.callId,
    value: codec.encode('call.routed', decision),
    headers: {
      [HEADER.callId]: decision.callId,
      [HEADER.requestNo]: '1',
      [HEADER.decisionId]: decision.decisionId,
      [HEADER.decidedAt]: String(decision.decidedAt),
    },
    ...forged,
  })
}

const own = ({ decisions }: World): readonly string[] =>
  decisions()
    .filter(({ routerId }) => routerId !== 'other')
    .map(({ callId }) => callId)

const FORGERIES: readonly (readonly [string, (at: World) => Forged])[] = [
  ['under another key', () => ({ key: 'call-2' })],
  ['of an unknown schema', () => ({ value: Buffer.from([0, 0x7f, 0, 0, 1, 1, 2, 3]) })],
  [
    'of another topic’s schema',
    ({ codec }) => ({ value: Buffer.from([0, 0, 0, 0, codec.idOf('call.lookup'), 1, 2]) }),
  ],
]

describe('§4.1 the first readable decision counts', () => {
  test.each(FORGERIES)('a record %s suppresses none, whenever it is read', async (_name, forge) => {
    const value = { ...(await someDecision()), routerId: 'other' }
    for (const takingOver of [false, true]) {
      const at = world()
      if (!takingOver) await at.start()
      append(at, value, forge(at))
      at.arrive('call-1')
      if (takingOver) await at.start()
      await at.pass(5000)
      expect(own(at)).toEqual(['call-1'])
    }
  })

  test('a broken value of the right schema suppresses none', async () => {
    const value = { ...(await someDecision()), routerId: 'other' }
    const at = world()
    await at.start()
    append(at, { ...value, callId: 'call-0' })
    const sound = at.codec.encode('call.routed', value)
    append(at, value, { value: sound.subarray(0, 20) })
    at.arrive('call-1')
    await at.pass(5000)
    expect(own(at)).toEqual(['call-1'])
  })

  test('a sound one is counted at a takeover though its schema must be learnt first', async () => {
    const value = { ...(await someDecision()), routerId: 'other' }
    const at = world()
    at.arrive('call-1')
    append(at, value)
    at.arrive('call-2')
    // What is certain is decided as soon as the gate opens.
    at.settleAll('call-1')
    at.settleAll('call-2')
    at.codec.forget(at.codec.idOf('call.routed'))
    const learn = at.codec.learn.bind(at.codec)
    at.codec.learn = async (id) => {
      await new Promise<void>((resolve) => void at.time.after(500, resolve))
      return learn(id)
    }
    await at.start()
    await at.pass(5000)
    expect(own(at)).toEqual(['call-2'])
  })

  test('what this router wrote is decoded once a schema and partition, when it is read back', async () => {
    const at = world()
    const decode = at.codec.decode.bind(at.codec)
    let decoded = 0
    at.codec.decode = (topic, bytes) => {
      if (topic === 'call.routed') decoded += 1
      return decode(topic, bytes)
    }
    await at.start()
    const calls = Array.from({ length: 50 }, (_, index) => `call-${index}`)
    for (const callId of calls) {
      at.arrive(callId)
      at.settleAll(callId)
      await at.pass(10)
    }
    await at.pass(500)
    expect(decoded).toBe(1)
    expect(own(at)).toEqual(calls)
  })

  test('a registry that is silent holds the gate up for a second, not for ever', async () => {
    const value = { ...(await someDecision()), routerId: 'other' }
    const at = world()
    append(at, { ...value, callId: 'call-9' })
    at.codec.forget(at.codec.idOf('call.routed'))
    at.codec.setRegistry('down', at.codec.idOf('call.routed'))
    const { router } = await at.start()
    await at.pass(2000)
    expect(router.ready()).toBe(true)
    at.codec.setRegistry('up')
  })
})
