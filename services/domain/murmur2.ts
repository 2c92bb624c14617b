/**
 * Which partition a producer is expected to choose for a key (design §2): murmur2 as Kafka's Java
 * client and kafkajs compute it, so that calls of every such producer lie where readers expect them.
 */

const SEED = 0x9747b28c
const M = 0x5bd1e995
const R = 24
const BLOCK = 4

/** The hash as a signed 32-bit number. */
function murmur2(bytes: Uint8Array): number {
  const { length } = bytes
  const view = new DataView(bytes.buffer, bytes.byteOffset, length)
  const blocksEnd = length - (length % BLOCK)
  let hash = SEED ^ length
  for (let at = 0; at < blocksEnd; at += BLOCK) {
    let block = Math.imul(view.getInt32(at, true), M)
    block ^= block >>> R
    hash = Math.imul(hash, M) ^ Math.imul(block, M)
  }
  if (blocksEnd < length) {
    for (let at = length - 1; at >= blocksEnd; at -= 1) {
      hash ^= view.getUint8(at) << (8 * (at - blocksEnd))
    }
    hash = Math.imul(hash, M)
  }
  hash = Math.imul(hash ^ (hash >>> 13), M)
  return hash ^ (hash >>> 15)
}

/** The partition, from 0, of a key in a topic of so many. */
export function partitionOf(key: Uint8Array, partitions: number): number {
  return (murmur2(key) & 0x7fff_ffff) % partitions
}
