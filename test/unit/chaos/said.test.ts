import { describe, expect, it } from 'vitest'
import { tells } from '../../../services/chaos/said.ts'

const line = (level: string, time: string, more: object): string =>
  JSON.stringify({ level, time, msg: 'not appended', ...more })
const at = '2026-01-02T03:04:05.000Z'
const since = Date.parse(at)
const code = 'XP_TOPIC_MISSING'
const err = { err: { code, message: 'call.context has no partition 3' } }

describe('what a log tells', () => {
  it('a code at the level that people look at, since the strike', () => {
    expect(tells(line('warn', at, err), { code, since })).toBe(true)
    expect(tells(line('error', at, err), { code, since })).toBe(true)
    expect(tells(line('info', at, err), { code, since })).toBe(false)
    expect(tells(line('warn', at, err), { code, since: since + 1 })).toBe(false)
    expect(tells(line('warn', at, {}), { code, since })).toBe(false)
  })

  it('of a topic, when one is asked for', () => {
    expect(tells(line('warn', at, err), { code, since, topic: 'call.context' })).toBe(true)
    expect(tells(line('warn', at, err), { code, since, topic: 'audit.late' })).toBe(false)
  })

  it('in the plain words of a program that refuses to start', () => {
    expect(tells(`${code}: call.context does not exist`, { code, since })).toBe(true)
  })
})
