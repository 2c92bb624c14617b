import { describe, expect, test } from 'vitest'
import { world } from './world.ts'

describe('auditors after one another', () => {
  test('a new group audits what was decided before it was there', async () => {
    const { broker, start, decide, pass } = world()
    decide('call-1')
    await pass(600_000)
    await start()
    expect(broker.records('audit.decision')).toHaveLength(1)
  })

  test('after a kill it goes on from its commit and tells a late answer of an older decision', async () => {
    const { broker, start, decide, answer, pass } = world()
    const { process } = await start()
    decide('call-1')
    await pass(2000)
    process.kill()
    answer('call-1')
    decide('call-2')
    await pass(20_000)
    await start()
    expect(broker.records('audit.decision')).toHaveLength(2)
    expect(broker.records('audit.late')).toHaveLength(1)
  })

  test('nothing is committed before all history was read again and told', async () => {
    const { broker, codec, start, decide, answer, pass } = world()
    const { process } = await start()
    answer('call-1')
    await pass(2000)
    process.kill()
    // The answer is history that can't be read yet; the decision it belongs to is fresh.
    codec.forget(codec.idOf('call.lookup'))
    codec.setRegistry('down')
    decide('call-1')
    await pass(20_000)
    const second = await start()
    await pass(10_000)
    second.process.kill()
    codec.setRegistry('up')
    await pass(20_000)
    await start()
    expect(broker.records('audit.late')).toHaveLength(1)
  })

  test('a kill before the commit repeats records under the same ids and loses none', async () => {
    const { broker, codec, start, decide, pass } = world()
    const { process } = await start()
    for (let call = 0; call < 20; call += 1) decide(`call-${call}`)
    await pass(20)
    process.kill()
    await pass(20_000)
    await start()
    const ids = broker.records('audit.fallback').map((record) => {
      const read = codec.decode('audit.fallback', record.value)
      return read.ok ? read.value.eventId : 'unreadable'
    })
    expect(new Set(ids).size).toBe(20)
  })

  test('two auditors share the partitions, and one that stops hands over at once', async () => {
    const { time, broker, start, decide, pass } = world()
    const first = await start()
    await start()
    decide('call-1', 0)
    decide('call-2', 1)
    await pass(2000)
    const stopped = first.auditor.stop()
    await pass(3000)
    await stopped
    const before = time.nowMs()
    decide('call-3', 0)
    decide('call-4', 1)
    await pass(1000)
    expect(broker.records('audit.decision')).toHaveLength(4)
    expect(time.nowMs() - before).toBeLessThan(3000)
  })

  test('what is appended while it stops is committed, so the next one does not write it again', async () => {
    const { time, broker, start, decide, pass } = world()
    const first = await start()
    decide('call-1')
    for (let ms = 0; broker.records('audit.decision').length === 0 && ms < 5000; ms += 1) {
      await time.runUntil(time.nowMs() + 1)
    }
    const stopped = first.auditor.stop()
    await pass(3000)
    await stopped
    await start()
    decide('call-2')
    await pass(2000)
    expect(broker.records('audit.decision').map(({ key }) => String(key))).toEqual([
      'call-1',
      'call-2',
    ])
  })
})
