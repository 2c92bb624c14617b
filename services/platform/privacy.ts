/** Keyed tokens and masks for callers' numbers and values of class `token` (design §2, §6). */
import { hash, randomBytes } from 'node:crypto'
import type { Privacy } from '../domain/privacy.ts'

export interface TokenKey {
  readonly id: string
  readonly secret: string
}

/** A token is 128 bits of HMAC-SHA-256 in hexadecimal: 32 characters. */
export function createPrivacy(key: TokenKey): Privacy {
  const hmac = keyedHash(key.secret)
  return { keyId: key.id, token: (value) => hmac(value).slice(0, 32), mask: maskNumber }
}

const BLOCK_BYTES = 64
const DIGEST_BYTES = 32
const TEXT_ROOM = 192
/** Bytes in UTF-8 of a UTF-16 unit, at most. */
const UNIT_BYTES_MAX = 3

/**
 * HMAC-SHA-256 in hexadecimal (RFC 2104), from hashes in one step. What Node's `createHmac` makes lies
 * outside of the heap until all of that is collected: some thousand a second were tens of megabytes, and
 * what they hold outlived every small collection.
 */
function keyedHash(secret: string): (text: string) => string {
  const given = Buffer.from(secret)
  const key = given.length > BLOCK_BYTES ? hash('sha256', given, 'buffer') : given
  const padded = (pad: number): Buffer =>
    Buffer.alloc(BLOCK_BYTES).map((_, index) => (key[index] ?? 0) ^ pad) as Buffer
  const inner = Buffer.concat([padded(0x36), Buffer.alloc(TEXT_ROOM)])
  const outer = Buffer.concat([padded(0x5c), Buffer.alloc(DIGEST_BYTES)])
  return (text) => {
    hash('sha256', behind(inner, text), 'buffer').copy(outer, BLOCK_BYTES)
    return hash('sha256', outer, 'hex')
  }
}

/** A pad and a text: in the pad's own room where the text is as short as numbers and ids are. */
function behind(pad: Buffer, text: string): Buffer {
  if (text.length * UNIT_BYTES_MAX > TEXT_ROOM) {
    return Buffer.concat([pad.subarray(0, BLOCK_BYTES), Buffer.from(text)])
  }
  return pad.subarray(0, BLOCK_BYTES + pad.write(text, BLOCK_BYTES))
}

/**
 * Several keys, while one takes over from another: what was made with each can be made again. Null for a
 * key that is not among them.
 */
export function createKeyring(
  own: TokenKey,
  others: readonly TokenKey[],
): (keyId: string) => Privacy | null {
  const all = new Map([...others, own].map((key) => [key.id, createPrivacy(key)]))
  return (keyId) => all.get(keyId) ?? null
}

/**
 * Hides all digits but the last two; a leading plus stays. Numbers of four digits or fewer are hidden
 * altogether, for two digits of a short number are too much of it.
 */
export function maskNumber(number: string): string {
  const digits = number.replaceAll(/\D/g, '')
  const plus = number.startsWith('+') ? '+' : ''
  if (digits.length <= 4) return plus + '*'.repeat(digits.length)
  return plus + '*'.repeat(digits.length - 2) + digits.slice(-2)
}

/** A key for this run only: tokens can't be compared with those of any other run. */
export function generateTokenKey(): TokenKey {
  return { id: `run-${randomBytes(3).toString('hex')}`, secret: randomBytes(32).toString('hex') }
}
