/** What becomes of a lookup that can't be written. */
import { pino } from 'pino'
import { describe, expect, it } from 'vitest'
import { createPublisher } from '../../../services/enricher/publish.ts'
import { CrosspointError } from '../../../services/errors.ts'
import { memoryCodec } from '../../../services/platform/memory-codec.ts'
import { memoryProcess } from '../../../services/platform/memory/process.ts'
import { virtualTime } from '../../../services/platform/memory/virtual-time.ts'
import type { Codec } from '../../../services/platform/ports.ts'
import { lookupSettled } from '../../records.ts'

const LOOKUP = lookupSettled({
  facts: { tier: 'PLATINUM' },
  asked: 'record by number',
  detail: 'crm answered in 5 ms',
})

/** Publishes one lookup; `fits` tells the brokers' mind of a record with so many bytes. */
async function published(fits: (value: Uint8Array) => boolean, codec: Codec = memoryCodec()) {
  const time = virtualTime()
  const appended: Uint8Array[] = []
  let tries = 0
  const publisher = createPublisher({
    producer: {
      append({ value }) {
        tries += 1
        if (value === null || !fits(value)) {
          return Promise.reject(new CrosspointError('XP_RECORD_TOO_LARGE', 'too large'))
        }
        appended.push(value)
        return Promise.resolve({ offset: 0, appendedAt: 0, sentAtHostMs: 0, ackedAtHostMs: 0 })
      },
      close: () => Promise.resolve(),
    },
    codec,
    clock: memoryProcess(time).clock,
    logger: pino({ level: 'silent' }),
    acknowledged: () => {},
  })
  let ended: boolean | 'rejected' | null = null
  const publishing = publisher.publish({ partition: 0, lookup: LOOKUP, traceparent: null })
  void publishing.then(
    (value) => (ended = value),
    () => (ended = 'rejected'),
  )
  await time.runUntil(time.nowMs() + 5000)
  publisher.stop()
  return { ended, tries, appended }
}

describe('A lookup that is too large for the brokers', () => {
  it('goes out without what its source said', async () => {
    const whole = memoryCodec().encode('call.lookup', LOOKUP)
    let first = true
    const { ended, appended } = await published((value) => {
      const refused = first
      first = false
      return !refused && Buffer.compare(value, whole) !== 0
    })
    expect(ended).toBe(true)
    const [value] = appended
    const decoded = memoryCodec().decode('call.lookup', value ?? null)
    expect(decoded).toMatchObject({ ok: true, value: { cause: 'BAD_RESPONSE', facts: {} } })
  })

  it('is given up when even that is too large, and its arrival is done', async () => {
    expect(await published(() => false)).toEqual({ ended: true, tries: 2, appended: [] })
  })

  it('is given up when it fits no schema in any form', async () => {
    const encode = (): never => {
      throw new TypeError('no such field')
    }
    const codec = { ...memoryCodec(), encode }
    expect(await published(() => true, codec)).toEqual({ ended: true, tries: 0, appended: [] })
  })
})
