/** Looking for the highest rate that is borne: climb, halve the gap, then hold it for longer. Pure. */

export interface Trials {
  /** Whether a rate is borne for a short while. */
  readonly bears: (ratePerS: number) => Promise<boolean>
  /** Whether it is borne for longer. */
  readonly holds: (ratePerS: number) => Promise<boolean>
}

const CLIMB = 1.25
const HALVINGS = 2
/** Down to two thirds of what was borne: a rented machine's speed has changed by that much while one searched. */
const HOLDS_MAX = 7
/** One step down after a rate that did not hold. */
const BACK = 0.93
/** What is found may be lower than what is borne by about this: the gap that halvings leave, and one step down. */
export const RESOLUTION = CLIMB ** (1 / 2 ** HALVINGS) / BACK
const RATE_MIN = 20
const RATE_MAX = 10_000
const ROUND = 10

const rounded = (rate: number): number => Math.max(RATE_MIN, Math.round(rate / ROUND) * ROUND)

/**
 * The rate, or null when none held. One that breaks is tried once more, for a pause of the machine is no
 * limit of what runs on it; what is found has held `holds` all the same.
 */
export async function searchCapacity(
  beginPerS: number,
  { bears, holds }: Trials,
): Promise<number | null> {
  const isBorne = async (rate: number): Promise<boolean> =>
    (await bears(rate)) || (await bears(rate))
  let borne = 0
  let broken = RATE_MAX * CLIMB
  for (let rate = beginPerS; rate >= RATE_MIN && rate <= RATE_MAX; ) {
    if (await isBorne(rate)) borne = rate
    else broken = rate
    if (borne > 0 && broken <= RATE_MAX) break
    rate = borne > 0 ? rounded(rate * CLIMB) : rounded(rate / CLIMB)
    if (rate === broken) break
  }
  if (borne === 0) return null
  for (let halving = 0; halving < HALVINGS && broken <= RATE_MAX; halving += 1) {
    const middle = rounded(Math.sqrt(borne * broken))
    if (middle === borne || middle === broken) break
    if (await isBorne(middle)) borne = middle
    else broken = middle
  }
  for (
    let attempt = 0, rate = borne;
    attempt < HOLDS_MAX;
    attempt += 1, rate = rounded(rate * BACK)
  ) {
    if (await holds(rate)) return rate
  }
  return null
}
