/**
 * Texts remembered for a while, each with a note, forgotten oldest first: requests that were decided, or looked up.
 *
 * Of decided ones there are 90,000 after a minute of 1,500 calls a second, in router and auditor each, and as
 * strings and objects they are what every full collection of garbage has to walk through. Here they are bytes and
 * numbers in a few arrays, which it does not look into (DESIGN.md, "Memory and start").
 */
import { endOfPacked, pack, UNIT_BYTES_MAX, unpack } from './packed-text.ts'
import { bytesHash } from './text-hash.ts'

export interface Roll {
  has(text: string): boolean
  /** What was noted with the text; undefined when it is not there. */
  noteOf(text: string): string | undefined
  /** Remembers a text of that time; one that is there stays as it is. */
  add(text: string, since: number, note?: string): void
  /** True when it was there. */
  delete(text: string): boolean
  /**
   * Forgets the oldest while they are from before that time, or more than so many: those of the front in the
   * order they were added, which is near enough that of time. Gives how many went for either reason.
   */
  forget(before: number, max?: number): { readonly old: number; readonly early: number }
  readonly size: number
  /** Bytes of memory it takes. */
  readonly roomBytes: number
}

const FIRST_ROWS = 16
const FIRST_BYTES = 1024
/** Where more than this of the room is taken after what is gone was moved out, there is more of it. */
const CROWDED = 7 / 8
const GROWTH = 5 / 4
/** Where less is taken a crowd is gone, and half of the room goes with it. */
const EMPTY = 1 / 4
/** Of the index to rows, at least: long runs of taken slots are rare then. */
const SLOTS_PER_ROW = 4 / 3
const FREE = 0
/** Its row was forgotten; a search goes on past it. */
const GONE = -1
/** In place of the time of a row that was deleted. */
const DELETED = Number.NaN
const MISSING = -1

/** An array of typed numbers of another length, with what it held from one place to another at its start. */
interface Room<T> {
  readonly length: number
  set(from: T, at: number): void
  subarray(from: number, to: number): T
  copyWithin(at: number, from: number, to: number): unknown
}

export function createRoll(): Roll {
  return new PackedRoll()
}

class PackedRoll implements Roll {
  /** Text after text, packed, each followed by its note. */
  #bytes: Uint8Array = new Uint8Array(FIRST_BYTES)
  /** By row: where its bytes begin, and its time. */
  #starts: Uint32Array = new Uint32Array(FIRST_ROWS)
  #since: Float64Array = new Float64Array(FIRST_ROWS)
  /** By hash: a row plus one. */
  #slots = new Int32Array(slotsFor(FIRST_ROWS))
  /** Rows before this one were forgotten. */
  #from = 0
  /** Rows and bytes used since they were last moved together. */
  #used = 0
  #usedBytes = 0
  #size = 0

  get size(): number {
    return this.#size
  }

  get roomBytes(): number {
    const rooms = [this.#bytes, this.#starts, this.#since, this.#slots]
    return rooms.reduce((sum, { byteLength }) => sum + byteLength, 0)
  }

  has(text: string): boolean {
    return this.#slotOf(seek(text)) !== MISSING
  }

  noteOf(text: string): string | undefined {
    const slot = this.#slotOf(seek(text))
    if (slot === MISSING) return undefined
    const start = this.#starts[this.#rowAt(slot)] ?? 0
    return unpack(this.#bytes, start + soughtLength)
  }

  add(text: string, since: number, note = ''): void {
    const hash = seek(text)
    if (this.#slotOf(hash) !== MISSING) return
    if (this.#used === this.#starts.length) this.#makeRows()
    const most = soughtLength + note.length * UNIT_BYTES_MAX + 1
    if (this.#usedBytes + most > this.#bytes.length) this.#makeBytes(most)
    const row = this.#used
    this.#starts[row] = this.#usedBytes
    this.#since[row] = since
    const noteAt = this.#writeSought(this.#usedBytes)
    this.#usedBytes = pack(this.#bytes, noteAt, note)
    this.#used += 1
    this.#size += 1
    this.#enter(row, hash)
  }

  delete(text: string): boolean {
    const slot = this.#slotOf(seek(text))
    if (slot === MISSING) return false
    this.#since[this.#rowAt(slot)] = DELETED
    this.#slots[slot] = GONE
    this.#size -= 1
    return true
  }

  forget(before: number, max = Infinity): { readonly old: number; readonly early: number } {
    const count = { old: 0, early: 0 }
    for (; this.#from < this.#used; this.#from += 1) {
      if (this.#isDeleted(this.#from)) continue
      const isOld = (this.#since[this.#from] ?? 0) < before
      if (!isOld && this.#size <= max) break
      count[isOld ? 'old' : 'early'] += 1
      this.#leave(this.#from)
      this.#size -= 1
    }
    return count
  }

  #isDeleted(row: number): boolean {
    return Number.isNaN(this.#since[row])
  }

  #rowAt(slot: number): number {
    return (this.#slots[slot] ?? FREE) - 1
  }

  #hashOf(row: number): number {
    const start = this.#starts[row] ?? 0
    return bytesHash(this.#bytes, start, endOfPacked(this.#bytes, start))
  }

  /** Of what is sought. */
  #slotOf(hash: number): number {
    const mask = this.#slots.length - 1
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const entry = this.#slots[slot]
      if (entry === FREE) return MISSING
      if (entry !== GONE && this.#isSoughtAt(this.#rowAt(slot))) return slot
    }
  }

  #isSoughtAt(row: number): boolean {
    const start = this.#starts[row] ?? 0
    for (let at = 0; at < soughtLength; at += 1) {
      if (this.#bytes[start + at] !== sought[at]) return false
    }
    return true
  }

  #writeSought(start: number): number {
    for (let at = 0; at < soughtLength; at += 1) this.#bytes[start + at] = sought[at] ?? 0
    return start + soughtLength
  }

  #enter(row: number, hash: number): void {
    const mask = this.#slots.length - 1
    let slot = hash & mask
    while (this.#slots[slot] !== FREE) slot = (slot + 1) & mask
    this.#slots[slot] = row + 1
  }

  #leave(row: number): void {
    const mask = this.#slots.length - 1
    let slot = this.#hashOf(row) & mask
    while (this.#slots[slot] !== row + 1) slot = (slot + 1) & mask
    this.#slots[slot] = GONE
  }

  /** Moves the rows that are left to the start, into other room where that is too small or too large. */
  #makeRows(): void {
    const [from, used] = [this.#from, this.#used]
    const room = roomFor(used - from, used - from + 1, this.#starts.length, FIRST_ROWS)
    const moved = <T extends Room<T>>(old: T, make: (length: number) => T): T =>
      movedTo(old, { from, to: used }, room, make)
    this.#starts = moved(this.#starts, (length) => new Uint32Array(length))
    this.#since = moved(this.#since, (length) => new Float64Array(length))
    this.#from = 0
    this.#used = used - from
    const slots = slotsFor(room)
    if (slots === this.#slots.length) this.#slots.fill(FREE)
    else this.#slots = new Int32Array(slots)
    for (let row = 0; row < this.#used; row += 1) {
      if (!this.#isDeleted(row)) this.#enter(row, this.#hashOf(row))
    }
  }

  /** The same for bytes, of which so many more are wanted. */
  #makeBytes(more: number): void {
    const from = this.#from === this.#used ? this.#usedBytes : (this.#starts[this.#from] ?? 0)
    const taken = this.#usedBytes - from
    const room = roomFor(taken, taken + more, this.#bytes.length, FIRST_BYTES)
    const range = { from, to: this.#usedBytes }
    this.#bytes = movedTo(this.#bytes, range, room, (length) => new Uint8Array(length))
    for (let row = this.#from; row < this.#used; row += 1) {
      this.#starts[row] = (this.#starts[row] ?? 0) - from
    }
    this.#usedBytes = taken
  }
}

/** A power of two. */
function slotsFor(rows: number): number {
  let slots = 1
  while (slots < rows * SLOTS_PER_ROW) slots *= 2
  return slots
}

/** How large a room should be of which so much is taken, and so much needed now. */
function roomFor(taken: number, needed: number, room: number, least: number): number {
  let next = taken < room * EMPTY ? Math.max(least, Math.floor(room / 2)) : room
  while (needed > next * CROWDED) next = Math.ceil(next * GROWTH)
  return next
}

function movedTo<T extends Room<T>>(
  old: T,
  { from, to }: { readonly from: number; readonly to: number },
  room: number,
  make: (length: number) => T,
): T {
  if (room === old.length) {
    old.copyWithin(0, from, to)
    return old
  }
  const next = make(room)
  next.set(old.subarray(from, to), 0)
  return next
}

/** What all rolls of a process look for, one after the other: packed, in room that is used again. */
let sought: Uint8Array = new Uint8Array(FIRST_BYTES)
let soughtLength = 0
/** A single huge text must not keep its room for ever. */
const ROOM_KEPT = 16 * 1024

/** Packs a text to be looked for; gives its hash. */
function seek(text: string): number {
  const most = text.length * UNIT_BYTES_MAX + 1
  if (most > sought.length || sought.length > ROOM_KEPT) {
    sought = new Uint8Array(Math.max(most, FIRST_BYTES))
  }
  soughtLength = pack(sought, 0, text)
  return bytesHash(sought, 0, soughtLength)
}
