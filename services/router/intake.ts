/** Records of one partition on their way into its core: decoded once, held, or set aside. */
import { partitionOf } from '../domain/murmur2.ts'
import type { ErrorCode } from '../errors.ts'
import { deadLetter } from '../platform/dead-letter.ts'
import { decodeOnce } from '../platform/decode-once.ts'
import type { LogRecord } from '../platform/ports.ts'
import { copyOf } from '../platform/record-copy.ts'
import { createHoldings, type Holdings } from './holdings.ts'
import type { Input } from './core/state.ts'
import type { PartitionPorts } from './partition-router.ts'
import { createMarkerDesk, type PartitionLife } from './marker-desk.ts'
import { isKeyOf, readArrival, readHeld } from './reading.ts'

export interface Intake {
  arrival(record: LogRecord): void
  lookup(record: LogRecord): void
  routed(record: LogRecord): void
  /** All records of call.routed below this offset were given to `routed`. */
  routedTo(nextOffset: number): void
  /** What waits here for the registry, or for its dead letter to be written. */
  readonly holdings: Pick<Holdings, 'bytes'>
}

/** `run` steps the core. `heldBytesMax`: more is not kept of what is read whatever is kept already. */
export function createIntake(
  { partition, heldBytesMax }: { readonly partition: number; readonly heldBytesMax: number },
  ports: PartitionPorts,
  run: (input: Input) => void,
  life: PartitionLife,
): Intake {
  const { codec, publisher, observe } = ports
  const holdings = createHoldings()
  const markers = createMarkerDesk(ports, run, life, { holdings, heldBytesMax })
  const wanted = (): boolean => !life.closed()
  const later = createWaitingRoom(ports, holdings, wanted)

  const setAside = async (record: LogRecord, code: ErrorCode, message: string): Promise<void> => {
    const { offset } = record
    if (!ports.writesDeadLetters) {
      run({ type: 'letter-written', offset })
      return
    }
    observe.deadLettered(code)
    const reason = { code, message, service: ports.service }
    const done = holdings.hold('arrived', record)
    const written = await publisher.append(deadLetter(copyOf(record), reason), wanted)
    done()
    if (written) run({ type: 'letter-written', offset })
  }
  const learnt = (record: LogRecord): void => {
    const read = readHeld(codec, record)
    const { offset } = record
    if ('arrival' in read) {
      run({ type: 'learnt', offset, arrival: read.arrival })
      return
    }
    run({ type: 'learnt', offset, arrival: null, detail: read.message })
    void setAside(record, read.code, read.message)
  }
  /** Gives the id of the schema that must be learnt first, if any. */
  const takeLookup = (record: LogRecord): number | null => {
    const decoded = decodeOnce(codec, 'call.lookup', record)
    // What can't be read is the auditor's to set aside; here the lookup just stays pending.
    if (!decoded.ok) return decoded.retry ? decoded.schemaId : null
    if (!isKeyOf(record.key, decoded.value.callId)) return null
    const { offset, appendedAt } = record
    run({ type: 'lookup', lookup: decoded.value, offset, appendedAt })
    return null
  }
  return {
    arrival(record) {
      const { key } = record
      if (key !== null && partitionOf(key, ports.partitions) !== partition) {
        observe.partitionMismatch()
      }
      const read = readArrival(codec, record, ports.recordBytesMax)
      run(read.input)
      if (read.kind === 'poison') void setAside(record, read.code, read.message)
      if (read.kind === 'held') later('arrived', record, read.schemaId, learnt)
    },
    lookup(record) {
      const schemaId = takeLookup(record)
      if (schemaId === null) return
      // While the gate is closed reading can't be paused: what is too much then stays pending.
      if (holdings.bytes('lookups') >= heldBytesMax && !life.open()) {
        observe.noticed('lookup-dropped', 1)
        return
      }
      later('lookups', record, schemaId, takeLookup)
    },
    routed: (record) => markers.take(record),
    routedTo: (nextOffset) => markers.readTo(nextOffset),
    holdings,
  }
}

/** Runs `then` with a copy of a record once the registry has answered for its schema. */
function createWaitingRoom(
  { schemas }: PartitionPorts,
  holdings: Holdings,
  wanted: () => boolean,
): (
  flow: 'arrived' | 'lookups',
  record: LogRecord,
  schemaId: number,
  then: (record: LogRecord) => void,
) => void {
  return (flow, record, schemaId, then) => {
    const copy = copyOf(record)
    const done = holdings.hold(flow, copy)
    const answered = (): void => {
      done()
      then(copy)
    }
    schemas.ask(schemaId, answered, wanted)
  }
}
