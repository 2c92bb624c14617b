/** The simulated switch: writes the planned arrivals and keeps what was acknowledged to it. */
import type { AckedArrival } from '../../services/audit/verify/evidence.ts'
import type { MemoryClient } from '../../services/platform/memory/client.ts'
import type { OutRecord } from '../../services/platform/ports.ts'
import { asForeign, asUnknown, fullCodec } from './codecs.ts'
import type { Arrival, Spoilt } from './plan.ts'
import type { World } from './world.ts'

/** Fills the list it gives back as acknowledgements come. */
export function runSwitch(world: World, client: MemoryClient): AckedArrival[] {
  const acked: AckedArrival[] = []
  const producing = client.producer('switch')
  const write = async (arrival: Arrival): Promise<void> => {
    const producer = await producing
    const { partition, value } = arrival
    const record = recordOf(arrival)
    const ack = await producer.append(record)
    // The key names who must be answered, whatever the value says; without one there is nobody.
    if (record.key === null) return
    const callId = String(record.key)
    acked.push({ callId, requestNo: value.requestNo, partition, offset: ack.offset })
  }
  for (const arrival of world.plan.arrivals) {
    world.time.at(world.startMs + arrival.atMs, () => {
      // What is not acknowledged is owed nothing.
      write(arrival).catch(() => {})
    })
  }
  return acked
}

function recordOf({ partition, value, spoilt, foreignSchema }: Arrival): OutRecord {
  const bytes = fullCodec.encode('call.arrived', value)
  const record: OutRecord = {
    topic: 'call.arrived',
    partition,
    key: value.callId,
    value: foreignSchema ? asForeign(bytes) : bytes,
    headers: { 'request-no': String(value.requestNo) },
  }
  return spoilt === null ? record : { ...record, ...spoil(spoilt, record.key, bytes) }
}

function spoil(how: Spoilt, key: OutRecord['key'], bytes: Uint8Array): Partial<OutRecord> {
  const spoilt: { readonly [how in Spoilt]: Partial<OutRecord> } = {
    bytes: { value: Buffer.from('not avro at all') },
    empty: { value: null },
    unknownSchema: { value: asUnknown(bytes) },
    otherKey: { key: `other-${String(key)}` },
    noKey: { key: null },
  }
  return spoilt[how]
}
