/** How long a member's polls last, and how they end early. */
import { createLastingMap } from '../../domain/lasting-map.ts'

/**
 * How long a broker may wait for a first record. A partition that is sought or resumed waits for the
 * poll under way, so polls are short as long as partitions change; a rebalance and a farewell end them.
 */
const POLL_MS = { changing: 30, calm: 250 } as const
const CALM_AFTER_MS = 3000

/** How long none begins after they were ended, unless the group is joined again before. */
const OVER_MS = 1000

export interface Polls {
  /** What is read was sought, paused or resumed. */
  changed(): void
  /** The group is joined (again). */
  begin(): void
  /** True while none should begin: whoever waits in one holds up the whole group. */
  over(): boolean
  /** How long the next one may wait. */
  waitMs(): number
  /** Settles like the poll; with null once polls are ended. */
  endable<T>(polling: Promise<T>): Promise<T | null>
  /** Lets nobody wait for a first record any longer. */
  end(): void
}

export function createPolls(): Polls {
  /** By number. The engine's maps would keep the answers of polls that are over (lasting-map.ts). */
  const underWay = createLastingMap<number, () => void>()
  let begun = 0
  let changedAtMs = -Infinity
  let overUntilMs = -Infinity
  return {
    changed() {
      changedAtMs = performance.now()
    },
    begin() {
      changedAtMs = performance.now()
      overUntilMs = -Infinity
    },
    over: () => performance.now() < overUntilMs,
    waitMs: () =>
      performance.now() - changedAtMs > CALM_AFTER_MS ? POLL_MS.calm : POLL_MS.changing,
    endable: <T>(polling: Promise<T>) =>
      new Promise<T | null>((resolve, reject) => {
        const number = (begun += 1)
        underWay.set(number, () => resolve(null))
        void polling.then(resolve, reject).finally(() => underWay.delete(number))
      }),
    end() {
      overUntilMs = performance.now() + OVER_MS
      for (const end of underWay.values()) end()
    },
  }
}
