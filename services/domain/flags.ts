/** Flags that crosspoint itself raises; all others are the policy's. */

/** The decision was too large for a record: facts and inputs were left out, it can't be decided again. */
export const REDUCED_FLAG = 'RECORD_REDUCED'
