/**
 * Seeds that once broke a promise, and by what. A change of how worlds are drawn makes them ordinary
 * seeds; the rule behind each is then held by the unit tests its mending brought.
 */
export interface Regression {
  readonly seed: number
  readonly calls: number
  readonly was: string
}

export const REGRESSIONS: readonly Regression[] = [
  {
    seed: 88,
    calls: 100,
    was: 'the checker knew an arrival by its value only, while a router without its schema has the key',
  },
  {
    seed: 20094,
    calls: 100,
    was: 'an auditor committed decisions before it had read older answers again, and left: they were never told as late',
  },
]
