/** Records of call after call for shells that are measured; calls repeat under other ids. */
import { partitionOf } from '../../../services/domain/murmur2.ts'
import { HEADER } from '../../../services/domain/request.ts'
import type { Codec, OutRecord } from '../../../services/platform/ports.ts'
import type { Call } from './calls.ts'
import { PARTITIONS } from './instant.ts'

/** Gives the next call's records: its arrival and its lookups. */
export function createFeed(calls: readonly Call[], codec: Codec): () => readonly OutRecord[] {
  let number = 0
  return () => {
    const call = calls[number % calls.length]
    number += 1
    return call === undefined ? [] : recordsOf(call, `call-${number}`, codec)
  }
}

function recordsOf({ arrival, lookups }: Call, key: string, codec: Codec): readonly OutRecord[] {
  const partition = partitionOf(Buffer.from(key), PARTITIONS)
  const headers = { [HEADER.callId]: key, [HEADER.requestNo]: '1' }
  const arrived = codec.encode('call.arrived', { ...arrival, callId: key })
  return [
    { topic: 'call.arrived', partition, key, value: arrived, headers },
    ...lookups.map((one): OutRecord => {
      const value = codec.encode('call.lookup', { ...one, callId: key })
      const named = { ...headers, [HEADER.dependency]: one.dependency }
      return { topic: 'call.lookup', partition, key, value, headers: named }
    }),
  ]
}
