import { describe, expect, test } from 'vitest'
import { CrosspointError, type ErrorCode } from '../../../services/errors.ts'
import type { Clock } from '../../../services/platform/ports.ts'
import { untilStarted } from '../../../services/router/auditing.ts'

/** Time that passes at once. */
const clock: Clock = {
  nowMs: () => 0,
  after(_, run) {
    queueMicrotask(run)
    return () => undefined
  },
}

/** Fails with these codes, one after the other, then starts. */
function auditor(...codes: readonly ErrorCode[]) {
  const left = [...codes]
  const told: unknown[] = []
  const start = () => {
    const code = left.shift()
    return code === undefined
      ? Promise.resolve('auditor')
      : Promise.reject(new CrosspointError(code, 'not now'))
  }
  return { told, start, failed: (error: unknown) => void told.push(error) }
}

describe('an auditor that can not start', () => {
  test('is tried again while brokers do not answer, and each time is told', async () => {
    const { told, start, failed } = auditor('XP_BROKER_UNREACHABLE', 'XP_BROKER_FAILED')
    expect(await untilStarted(clock, () => true, start, failed)).toBe('auditor')
    expect(told).toMatchObject([{ code: 'XP_BROKER_UNREACHABLE' }, { code: 'XP_BROKER_FAILED' }])
  })

  test('is not tried again where people have to mend something', async () => {
    const { told, start, failed } = auditor('XP_TOPIC_MISSING')
    const starting = untilStarted(clock, () => true, start, failed)
    await expect(starting).rejects.toMatchObject({ code: 'XP_TOPIC_MISSING' })
    expect(told).toEqual([])
  })

  test('is given up when its router stops', async () => {
    const { told, start, failed } = auditor('XP_BROKER_FAILED', 'XP_BROKER_FAILED')
    expect(await untilStarted(clock, () => told.length === 0, start, failed)).toBeNull()
  })
})
