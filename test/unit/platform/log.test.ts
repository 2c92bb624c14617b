import { describe, expect, test } from 'vitest'
import { createLog } from '../../../services/platform/log.ts'

function logged(write: (log: ReturnType<typeof createLog>) => void): string {
  let text = ''
  const to = { write: (line: string) => void (text += line) }
  const base = { level: 'info', service: 'router', instance: 'r1' } as const
  write(createLog({ ...base, to, secrets: ['hunter22', 'hunter22-and+14155550123.more'] }))
  return text
}

describe('log', () => {
  test('one JSON line with service, instance, level and fields', () => {
    const line = logged((log) => log.info({ callId: 'c-1', waitedMs: 12 }, 'decided'))
    expect(JSON.parse(line)).toMatchObject({
      level: 'info',
      service: 'router',
      instance: 'r1',
      callId: 'c-1',
      waitedMs: 12,
      msg: 'decided',
    })
  })

  test.each(['+14155550123', '+1 415 555 0123', '+49 (30) 123-4567', '14155550123'])(
    'a number like %s is blacked out wherever it stands',
    (number) => {
      const text = logged((log) => {
        log.info({ a: { b: [`from ${number}`] }, error: new Error(`bad ${number}`) }, `x ${number}`)
        log.info(`to ${number}.`)
      })
      expect(text.match(/\(hidden\)/gu)?.length).toBeGreaterThanOrEqual(4)
      expect(text.replaceAll(/\D/gu, '')).not.toContain(number.replaceAll(/\D/gu, ''))
    },
  )

  test('secrets and credentials in addresses are blacked out', () => {
    const text = logged((log) => log.warn({ url: 'http://u:p4ss@h/x', password: 'a' }, 'hunter22'))
    expect(text).not.toMatch(/p4ss|hunter22|"a"/u)
  })

  test('a secret is blacked out whole, also around another one or a number', () => {
    const text = logged((log) => log.warn('said hunter22-and+14155550123.more'))
    expect(JSON.parse(text)).toMatchObject({ msg: 'said (hidden)' })
  })

  test('ids, times and hashes stay', () => {
    const fields = {
      callId: '202611210001',
      appendedAt: 1_790_000_000_000,
      hash: 'a1b2c3d4e5f60718',
    }
    expect(JSON.parse(logged((log) => log.info(fields, 'x')))).toMatchObject(fields)
  })

  test('a known error is told by its code, an unknown one with where it came from', () => {
    const text = logged((log) => log.error({ error: new TypeError('no') }, 'x'))
    expect(JSON.parse(text).error).toMatchObject({ name: 'TypeError', message: 'no' })
  })
})
