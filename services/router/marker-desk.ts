/** Decisions read back, as markers; those whose schema must be learnt first included. */
import type { LogRecord } from '../platform/ports.ts'
import { copyOf } from '../platform/record-copy.ts'
import type { Input } from './core/state.ts'
import type { Holdings } from './holdings.ts'
import type { PartitionPorts } from './partition-router.ts'
import { type Marker, readMarker, type RoutedSchemas } from './reading.ts'

export interface PartitionLife {
  /** The partition has gone to another router. */
  closed(): boolean
  /** Its gate lets decisions out. */
  open(): boolean
  /** A decision read back tells nothing new: the request has its decision, or this is the one made here. */
  knows(marker: Marker): boolean
}

/** So long the gate waits for the registry to tell whether a record is a decision. */
const MARKER_WAIT_MS = 1000

/**
 * Reads decisions as markers. While a record's schema is being learnt the position in call.routed
 * stays before it, so that the gate does not open over a decision that was not counted; not for
 * longer than a second, for an answer that comes twice is better than none (design §4.10).
 */
export function createMarkerDesk(
  { codec, schemas, clock }: PartitionPorts,
  run: (input: Input) => void,
  life: PartitionLife,
  { holdings, heldBytesMax }: { readonly holdings: Holdings; readonly heldBytesMax: number },
) {
  const known: RoutedSchemas = new Set()
  /** Offsets of records that are being asked for, rising. */
  const unknown = new Set<number>()
  let readTo = 0

  /**
   * A takeover reads H of them before it may decide anything; and later most are what this router wrote
   * itself. Of neither the value is decoded.
   */
  const believed = (marker: Marker): boolean => !life.open() || life.knows(marker)
  const tellPosition = (): void => {
    const [first = readTo] = unknown
    run({ type: 'position', topic: 'call.routed', nextOffset: Math.min(first, readTo) })
  }
  const settled = (offset: number): void => {
    if (unknown.delete(offset)) tellPosition()
  }
  const ask = (record: LogRecord, schemaId: number): void => {
    if (holdings.bytes('routed') >= heldBytesMax) return
    const copy = copyOf(record)
    const done = holdings.hold('routed', copy)
    const { offset } = copy
    unknown.add(offset)
    clock.after(MARKER_WAIT_MS, () => settled(offset))
    const answered = (): void => {
      done()
      const read = readMarker(codec, copy, known, () => false)
      if (read.kind === 'marker') run(read.input)
      settled(offset)
    }
    schemas.ask(schemaId, answered, () => !life.closed())
  }
  return {
    take(record: LogRecord): void {
      const read = readMarker(codec, record, known, believed)
      if (read.kind === 'marker') run(read.input)
      if (read.kind === 'unknown') ask(record, read.schemaId)
    },
    readTo(nextOffset: number): void {
      readTo = nextOffset
      tellPosition()
    },
  }
}
