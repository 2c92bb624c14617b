/** How much of an arrival is read; router and enrichers must agree on which ones are unreadable. */

/** A longer key, in UTF-8, names no call. */
export const CALL_ID_BYTES_MAX = 512
/** A larger arrival is not decoded. */
export const ARRIVAL_BYTES_MAX = 512 * 1024
