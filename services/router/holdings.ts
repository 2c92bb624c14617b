/** Counts what a partition keeps in memory of records that can't be done with yet (design §4.9). */
import type { Headers, LogRecord } from '../platform/ports.ts'
import type { Flow } from './core/flow.ts'

export interface Holdings {
  /** A record is kept; the function given back says that it is no more. */
  hold(flow: keyof Flow, record: LogRecord): () => void
  bytes(flow: keyof Flow): number
}

/** What a kept record costs besides its bytes. */
const OVERHEAD_BYTES = 512

export function createHoldings(): Holdings {
  const held = { arrived: 0, lookups: 0, routed: 0 }
  return {
    hold(flow, { key, value, headers }) {
      let bytes = OVERHEAD_BYTES + (key?.length ?? 0) + (value?.length ?? 0)
      for (const header of Object.values(headers)) {
        for (const one of listOf(header)) bytes += one.length
      }
      held[flow] += bytes
      return () => {
        held[flow] -= bytes
        bytes = 0
      }
    },
    bytes: (flow) => held[flow],
  }
}

const listOf = (header: Headers[string]): readonly Uint8Array[] =>
  header instanceof Uint8Array ? [header] : header
