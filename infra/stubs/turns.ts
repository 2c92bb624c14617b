/** One after the other, in the order of asking: whoever has the turn gives it back. */
export interface Turns {
  /** Resolves with what gives the turn back; calling it again does nothing. */
  take(): Promise<() => void>
}

export function createTurns(): Turns {
  let last: Promise<void> = Promise.resolve()
  return {
    async take() {
      const before = last
      const own = Promise.withResolvers<void>()
      last = own.promise
      await before
      return own.resolve
    },
  }
}
