/**
 * The bound on lookups under way at once. Whoever finds no free slot waits in line; one that is past
 * its budget and kept only for its late answer gives its slot up as soon as somebody waits.
 */
import { createLastingMap } from '../../domain/lasting-map.ts'

export interface BulkheadSettings {
  readonly slots: number
  readonly queueMax: number
}

export const BULKHEAD_DEFAULTS: BulkheadSettings = { slots: 128, queueMax: 4000 }

export interface TicketCalls {
  /** Called when the ticket gets its slot, at once or later. */
  enter(): void
  /** Called when a late ticket must give its slot up; it has to `leave`. */
  yield(): void
}

export interface Ticket {
  readonly calls: TicketCalls
  /** No other of this bulkhead has it. */
  readonly number: number
}

export interface Bulkhead {
  /** Makes a ticket, which is nowhere yet. */
  ticket(calls: TicketCalls): Ticket
  /** Takes a slot or a place in line; false when the line is full, then nothing was taken. */
  join(ticket: Ticket): boolean
  /** From now on the ticket yields to others. */
  late(ticket: Ticket): void
  /** Gives back the slot or the place in line. Leaving twice is leaving once. */
  leave(ticket: Ticket): void
  readonly active: number
  readonly waiting: number
}

export function createBulkhead(settings: BulkheadSettings = BULKHEAD_DEFAULTS): Bulkhead {
  const holders = createLastingMap<number, Ticket>()
  const lateHolders = createLastingMap<number, Ticket>()
  const line = createLastingMap<number, Ticket>()

  let tickets = 0
  let admitting = false

  /**
   * Whoever enters may leave at once, turned away by the breaker, and thereby ask for the next to be
   * admitted: that one is taken by the loop that is running, never by one inside it, so a line of
   * thousands that is turned away needs no deep stack.
   */
  const admit = (): void => {
    if (admitting) return
    admitting = true
    try {
      for (let ticket = line.oldest(); ticket !== undefined; ticket = line.oldest()) {
        if (holders.size >= settings.slots) return
        line.delete(ticket.number)
        holders.set(ticket.number, ticket)
        ticket.calls.enter()
      }
    } finally {
      admitting = false
    }
  }
  const makeRoom = (): void => {
    const oldest = lateHolders.oldest()
    if (oldest === undefined || line.size === 0) return
    lateHolders.delete(oldest.number)
    oldest.calls.yield()
  }

  return {
    ticket: (calls) => ({ calls, number: (tickets += 1) }),
    join(ticket) {
      if (holders.size >= settings.slots && lateHolders.size === 0) {
        if (line.size >= settings.queueMax) return false
      }
      line.set(ticket.number, ticket)
      admit()
      if (line.has(ticket.number)) makeRoom()
      return true
    },
    late(ticket) {
      if (!holders.has(ticket.number)) return
      lateHolders.set(ticket.number, ticket)
      makeRoom()
    },
    leave(ticket) {
      line.delete(ticket.number)
      lateHolders.delete(ticket.number)
      if (holders.delete(ticket.number)) admit()
    },
    get active() {
      return holders.size
    },
    get waiting() {
      return line.size
    },
  }
}
