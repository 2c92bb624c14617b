/** How a caller's number and values of class `token` may leave the moment: as a keyed hash or masked. */
export interface Privacy {
  /** Names the key, so that tokens made before and after a rotation are told apart. */
  readonly keyId: string
  /** Deterministic keyed hash of a value; the same value and key always give the same token. */
  token(value: string): string
  /** The number with all but its last two digits hidden. */
  mask(number: string): string
}
