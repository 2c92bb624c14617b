/**
 * A process of the simulated world: everything a client does runs through it, so that the whole client
 * can be killed (no callback ever again) or frozen and continued, as SIGKILL, SIGSTOP and SIGCONT do.
 */
import type { Cancel, Clock } from '../ports.ts'
import type { DriftingClock, VirtualTime } from './virtual-time.ts'

export interface MemoryProcess {
  readonly clock: DriftingClock
  /** Runs `run` in this process, a delay of true time from now; held while frozen, lost when killed. */
  after(delayMs: number, run: () => void): Cancel
  kill(): void
  freeze(): void
  /** What came due while frozen runs now, in the order it came due. */
  thaw(): void
  state(): 'running' | 'frozen' | 'killed'
}

export function memoryProcess(
  time: VirtualTime,
  clockOptions: { readonly offsetMs?: number; readonly rate?: number } = {},
): MemoryProcess {
  const host = time.clock(clockOptions)
  let state: 'running' | 'frozen' | 'killed' = 'running'
  let held: { run: () => void; cancelled: boolean }[] = []

  /** Wraps a callback so that it obeys the process's state; cancelling works while it is held, too. */
  const within = (schedule: Clock['after']): Clock['after'] => {
    return (delayMs, run) => {
      const task = { run, cancelled: false }
      const cancel = schedule(delayMs, () => arrive(task))
      return () => {
        task.cancelled = true
        cancel()
      }
    }
  }
  const arrive = (task: { run: () => void; cancelled: boolean }): void => {
    if (task.cancelled || state === 'killed') return
    if (state === 'frozen') held.push(task)
    else task.run()
  }
  return {
    clock: {
      nowMs: () => host.nowMs(),
      step: (aheadMs) => host.step(aheadMs),
      after: within((delayMs, run) => host.after(delayMs, run)),
    },
    after: within((delayMs, run) => time.after(delayMs, run)),
    kill() {
      state = 'killed'
      held = []
    },
    freeze() {
      if (state === 'running') state = 'frozen'
    },
    thaw() {
      if (state !== 'frozen') return
      state = 'running'
      const due = held
      held = []
      for (const task of due) time.after(0, () => arrive(task))
    },
    state: () => state,
  }
}
