/** Where keys of our own tables go: numbers of 32 bits, spread over the low ones. */

const FNV_OFFSET = 2_166_136_261
const FNV_PRIME = 16_777_619
/** 2^32 divided by the golden ratio: spreads numbers that follow each other. */
const SPREAD = 2_654_435_769

/**
 * FNV-1a of a text; its end differs most among call ids, and comes last. Without a secret, so that the core
 * needs no chance: whoever may write ids that collide may write as many calls as well.
 */
export function textHash(text: string): number {
  let hash = FNV_OFFSET
  for (let at = 0; at < text.length; at += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(at), FNV_PRIME)
  }
  return scattered(hash)
}

/** The same of bytes. */
export function bytesHash(bytes: Uint8Array, from: number, to: number): number {
  let hash = FNV_OFFSET
  for (let at = from; at < to; at += 1) hash = Math.imul(hash ^ (bytes[at] ?? 0), FNV_PRIME)
  return scattered(hash)
}

export const numberHash = (number: number): number => scattered(Math.imul(number | 0, SPREAD))

/** Slots are chosen by low bits, which depend on low bits only. */
const scattered = (hash: number): number => hash ^ (hash >>> 15)
