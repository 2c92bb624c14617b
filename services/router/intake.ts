/** Records of one partition on their way into its core: decoded once, held, or set aside. */
import { partitionOf } from '../domain/murmur2.ts'
import type { ErrorCode } from '../errors.ts'
import { deadLetter } from '../platform/dead-letter.ts'
import type { LogRecord } from '../platform/ports.ts'
import type { Input } from './core/state.ts'
import type { PartitionPorts } from './partition-router.ts'
import { isKeyOf, readArrival, readHeld, readMarker } from './reading.ts'

export interface Intake {
  arrival(record: LogRecord): void
  lookup(record: LogRecord): void
  routed(record: LogRecord): void
}

/** `run` steps the core; `closed` says that the partition has gone to another router. */
export function createIntake(
  partition: number,
  ports: PartitionPorts,
  run: (input: Input) => void,
  closed: () => boolean,
): Intake {
  const { codec, publisher, observe, schemas } = ports

  const setAside = async (record: LogRecord, code: ErrorCode, message: string): Promise<void> => {
    if (!ports.writesDeadLetters) {
      run({ type: 'letter-written', offset: record.offset })
      return
    }
    observe.deadLettered(code)
    const reason = { code, message, service: ports.service }
    const written = await publisher.append(deadLetter(record, reason))
    if (written) run({ type: 'letter-written', offset: record.offset })
  }
  const learnt = (record: LogRecord): void => {
    if (closed()) return
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
    const decoded = codec.decode('call.lookup', record.value)
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
      if (read.kind === 'held') schemas.ask(read.schemaId, () => learnt(record))
    },
    lookup(record) {
      const schemaId = takeLookup(record)
      if (schemaId !== null) schemas.ask(schemaId, () => void takeLookup(record))
    },
    routed(record) {
      const marker = readMarker(codec, record)
      if (marker !== null) run(marker)
    },
  }
}
