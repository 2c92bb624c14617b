/**
 * A map that lasts while what it holds comes and goes: requests under way, offsets not yet finished.
 *
 * The engine's `Map` is a poor fit for that. Deleted places fill it up, so every few inserts it moves to a
 * new table; the old table keeps a link to the new one and all that it held. Once one of these tables is
 * among the long-lived objects, the link makes its successor long-lived too, and so on: a request that
 * lived for milliseconds is kept until a full collection (DESIGN.md, "Memory and start"). Here places are
 * cleared and used again, and nothing is made anew but where the room changes.
 *
 * Order is that of insertion, as with `Map`. Deleting while iterating is safe, adding is not.
 */
import { numberHash, textHash } from './text-hash.ts'

export interface LastingMap<K extends string | number, V> extends Iterable<readonly [K, V]> {
  has(key: K): boolean
  get(key: K): V | undefined
  set(key: K, value: V): void
  /** True when the key was there. */
  delete(key: K): boolean
  values(): Iterable<V>
  /** What was inserted before all the rest. */
  oldest(): V | undefined
  readonly size: number
}

export function createLastingMap<K extends string | number, V>(): LastingMap<K, V> {
  return new DenseMap<K, V>()
}

const FIRST_PLACES = 16
/** Slots of the index for each place: long runs of taken slots are rare then. */
const SLOTS_PER_PLACE = 2
/** Doubled where more than half would be taken at once, halved after a crowd is gone. */
const GROWN = 1 / 2
const EMPTY = 1 / 8
const FREE = 0
/** Its key was deleted; a search goes on past it. */
const GONE = -1
const MISSING = -1

class DenseMap<K extends string | number, V> implements LastingMap<K, V> {
  /** In order of insertion; undefined where a key was deleted. */
  #keys: (K | undefined)[] = emptyPlaces(FIRST_PLACES)
  #values: (V | undefined)[] = emptyPlaces(FIRST_PLACES)
  /** By hash: a place plus one. */
  #slots = new Int32Array(FIRST_PLACES * SLOTS_PER_PLACE)
  /** Nothing is before this place: whoever asks for the oldest need not step over what is gone. */
  #from = 0
  /** Places used since they were last moved together. */
  #used = 0
  #size = 0

  get size(): number {
    return this.#size
  }

  has(key: K): boolean {
    return this.#slotOf(key, hashOf(key)) !== MISSING
  }

  get(key: K): V | undefined {
    const slot = this.#slotOf(key, hashOf(key))
    return slot === MISSING ? undefined : this.#values[this.#placeAt(slot)]
  }

  set(key: K, value: V): void {
    const hash = hashOf(key)
    const slot = this.#slotOf(key, hash)
    if (slot !== MISSING) {
      this.#values[this.#placeAt(slot)] = value
      return
    }
    if (this.#used === this.#keys.length) this.#makeRoom()
    const place = this.#used
    this.#keys[place] = key
    this.#values[place] = value
    this.#used += 1
    this.#size += 1
    this.#enter(hash, place)
  }

  delete(key: K): boolean {
    const slot = this.#slotOf(key, hashOf(key))
    if (slot === MISSING) return false
    const place = this.#placeAt(slot)
    this.#slots[slot] = GONE
    this.#keys[place] = undefined
    this.#values[place] = undefined
    this.#size -= 1
    while (this.#from < this.#used && this.#keys[this.#from] === undefined) this.#from += 1
    return true
  }

  *[Symbol.iterator](): Iterator<readonly [K, V]> {
    for (let place = this.#from; place < this.#used; place += 1) {
      const key = this.#keys[place]
      if (key !== undefined) yield [key, this.#values[place] as V]
    }
  }

  *values(): Iterable<V> {
    for (let place = this.#from; place < this.#used; place += 1) {
      if (this.#keys[place] !== undefined) yield this.#values[place] as V
    }
  }

  oldest(): V | undefined {
    return this.#values[this.#from]
  }

  #placeAt(slot: number): number {
    return (this.#slots[slot] ?? FREE) - 1
  }

  #slotOf(key: K, hash: number): number {
    const mask = this.#slots.length - 1
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const entry = this.#slots[slot]
      if (entry === FREE) return MISSING
      if (entry !== GONE && this.#keys[this.#placeAt(slot)] === key) return slot
    }
  }

  #enter(hash: number, place: number): void {
    const mask = this.#slots.length - 1
    let slot = hash & mask
    while (this.#slots[slot] !== FREE) slot = (slot + 1) & mask
    this.#slots[slot] = place + 1
  }

  #roomNeeded(): number {
    const places = this.#keys.length
    if (this.#size > places * GROWN) return places * 2
    return this.#size < places * EMPTY ? Math.max(FIRST_PLACES, places / 2) : places
  }

  /** Moves what is left together, into the same room where that fits. */
  #makeRoom(): void {
    const places = this.#roomNeeded()
    const isOther = places !== this.#keys.length
    const keys = isOther ? emptyPlaces<K>(places) : this.#keys
    const values = isOther ? emptyPlaces<V>(places) : this.#values
    let kept = 0
    for (let place = this.#from; place < this.#used; place += 1) {
      const key = this.#keys[place]
      if (key === undefined) continue
      keys[kept] = key
      values[kept] = this.#values[place]
      kept += 1
    }
    if (!isOther) {
      keys.fill(undefined, kept)
      values.fill(undefined, kept)
    }
    this.#keys = keys
    this.#values = values
    this.#from = 0
    this.#used = kept
    if (isOther) this.#slots = new Int32Array(places * SLOTS_PER_PLACE)
    else this.#slots.fill(FREE)
    for (let place = 0; place < kept; place += 1) this.#enter(hashOf(keys[place] as K), place)
  }
}

const emptyPlaces = <T>(count: number): (T | undefined)[] =>
  Array.from<T | undefined>({ length: count })

const hashOf = (key: string | number): number =>
  typeof key === 'number' ? numberHash(key) : textHash(key)
