/**
 * Loaded into a service by `NODE_OPTIONS=--import`, for harm that only its own process can do to it. At
 * each SIGUSR2 it takes the next of CHAOS_INSIDE, by commas: `step:60000` sets the wall clock so many
 * milliseconds on (or back), `block:500` holds up the event loop for so long.
 *
 * A step of the host's clock reaches a process as a step of `Date`; the monotonic clock, which
 * `performance.now` and timers go by, does not step. So that is what is done here: the host's clock is
 * everybody's and needs a right that tests should not have, and libfaketime bends the monotonic clock too.
 */
const wallClock = Date.now
let steppedByMs = 0
Date.now = () => wallClock() + steppedByMs
globalThis.Date = new Proxy(Date, {
  construct: (made, given: readonly unknown[]) =>
    Reflect.construct(made, given.length === 0 ? [made.now()] : given) as Date,
})

function block(forMs: number): void {
  const endMs = performance.now() + forMs
  while (performance.now() < endMs) {
    // Nothing else runs meanwhile, which is the harm.
  }
}

const harms = (process.env['CHAOS_INSIDE'] ?? '').split(',')
let next = 0
process.on('SIGUSR2', () => {
  const [what, amount] = (harms[next % harms.length] ?? '').split(':')
  next += 1
  if (what === 'step') steppedByMs += Number(amount)
  if (what === 'block') block(Number(amount))
})
