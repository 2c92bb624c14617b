import { describe, expect, it } from 'vitest'
import type { Fault } from '../../../infra/stubs/faults.ts'
import { conduct, overrideArguments, type Stage } from '../../../services/demo/conduct.ts'
import { momentsOf, OVERRIDE, PHASES } from '../../../services/demo/timeline.ts'
import { virtualTime } from '../../../services/platform/memory/virtual-time.ts'

function stageIn(time: ReturnType<typeof virtualTime>) {
  const clock = time.clock()
  const startedAtMs = clock.nowMs()
  const done: string[] = []
  const at = (): number => Math.round((clock.nowMs() - startedAtMs) / 1000)
  const stage: Stage = {
    clock,
    setFault(dependency: string, { mode }: Fault) {
      done.push(`${at()} s ${dependency} ${mode}`)
      return Promise.resolve()
    },
    crosspoint(args) {
      done.push(`${at()} s ${args.slice(0, 3).join(' ')}`)
      return Promise.resolve()
    },
  }
  return { stage, done, startedAtMs }
}

describe('the time line as it is played', () => {
  it('switches each fault when its phase begins, heals it when it ends, and overrides in between', async () => {
    const time = virtualTime()
    const { stage, done, startedAtMs } = stageIn(time)
    const signal = new AbortController().signal
    const play = conduct(stage, momentsOf(PHASES, 100_000), startedAtMs, signal)
    await time.runUntil(time.nowMs() + 100_000)
    await play.done
    expect(done).toEqual([
      '12 s crm hang',
      '29 s crm healthy',
      '29 s billing hang',
      '43 s billing healthy',
      '43 s scheduling stale',
      '51 s override set scheduling',
      '60 s scheduling healthy',
      '60 s priority refuse',
      '73 s crm latency',
      '73 s billing status',
      '73 s scheduling hang',
      '73 s priority hang',
      '87 s crm healthy',
      '87 s billing healthy',
      '87 s scheduling healthy',
      '87 s priority healthy',
    ])
  })

  it('ends at once when it is interrupted', async () => {
    const time = virtualTime()
    const { stage, startedAtMs } = stageIn(time)
    const interrupt = new AbortController()
    const play = conduct(stage, momentsOf(PHASES, 100_000), startedAtMs, interrupt.signal)
    const ended = expect(play.done).rejects.toThrow('enough')
    await time.runUntil(time.nowMs() + 20_000)
    interrupt.abort(new Error('enough'))
    await ended
  })

  it('sets the override as an operator types it, with an author, a reason and an end', () => {
    const typed = overrideArguments(5200)
    expect(typed.slice(0, 3)).toEqual(['override', 'set', OVERRIDE.dependency])
    expect(typed).toEqual(expect.arrayContaining(['--author', '--reason', '--expires-in', '6s']))
  })
})
