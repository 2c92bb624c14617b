/**
 * What can be wrong with a system of record (faults.md F12 to F16), as data that the control port
 * takes in and each stub obeys.
 */
import { z } from 'zod'

export const DEPENDENCIES = ['crm', 'billing', 'scheduling', 'priority'] as const
export type DependencyName = (typeof DEPENDENCIES)[number]

/** Every fault may strike a share (0 to 1) of the requests only. */
const share = z.number().min(0).max(1).default(1)
const wholeMs = z.number().int().min(0).max(86_400_000_000)

const fault = <Mode extends string, Shape extends z.ZodRawShape>(mode: Mode, shape: Shape) =>
  z.strictObject({ mode: z.literal(mode), share, ...shape })

const FAULT = z.discriminatedUnion('mode', [
  z.strictObject({ mode: z.literal('healthy') }),
  /**
   * Answers `ms` later than it would, give or take `jitterMs`; a share of the answers takes the tail's
   * time instead (`{ share: 0.01, ms: 5000 }`: the 99th percentile is 5 s).
   */
  fault('latency', {
    ms: wholeMs,
    jitterMs: wholeMs.default(0),
    tail: z.strictObject({ share: z.number().min(0).max(1), ms: wholeMs }).optional(),
  }),
  /** Takes the request and never answers. */
  fault('hang', {}),
  /** Answers so many bytes a second. */
  fault('drip', { bytesPerS: z.number().positive().max(1_000_000).default(1) }),
  /** The port is closed, open connections are reset. */
  fault('refuse', {}),
  /** The connection is reset in the middle of the answer. */
  fault('reset', {}),
  /** An error status, with a Retry-After if told. */
  fault('status', {
    status: z.number().int().min(400).max(599).default(503),
    retryAfterS: z.number().int().min(0).max(86_400).optional(),
  }),
  /** 200 with a text that stops in the middle. */
  fault('badJson', {}),
  /** 200 with every value of another type. */
  fault('wrongTypes', {}),
  /** 200 with a body of so many bytes. */
  fault('hugeBody', { bytes: z.number().int().min(1).max(100_000_000).default(10_000_000) }),
  /** 200 with somebody else's record. */
  fault('wrongCaller', {}),
  /** 200 without some of the fields. */
  fault('partial', {}),
  /** The data were last synchronised `ageMs` ago. */
  fault('stale', { ageMs: wholeMs.default(7 * 86_400_000) }),
  /** The answer does not say when its data were synchronised. */
  fault('noSync', {}),
  /** The answer's sync time lies in the future. */
  fault('futureSync', { aheadMs: wholeMs.default(3_600_000) }),
  /** Packets vanish: connects hang, open connections fall silent. */
  fault('unreachable', {}),
  /** Sessions are ended, and new ones turned away: there are too many already. */
  fault('full', {}),
  /** Another session holds the table: queries wait. */
  fault('lockWait', {}),
])

export type Fault = z.infer<typeof FAULT>
export type FaultMode = Fault['mode']

export const HEALTHY: Fault = { mode: 'healthy' }

/** What an HTTP system can't do, and what a database can't. */
const NOT_HTTP: readonly FaultMode[] = ['lockWait', 'full']
const NOT_SQL: readonly FaultMode[] = [
  'status',
  'badJson',
  'wrongTypes',
  'hugeBody',
  'wrongCaller',
  'partial',
]

/**
 * Reads a fault from outside. Throws a RangeError with a sentence for the person who asked: an
 * unknown mode, a parameter out of range, or a mode this kind of system can't have.
 */
export function parseFault(dependency: DependencyName, input: unknown): Fault {
  const parsed = FAULT.safeParse(input)
  if (!parsed.success) throw new RangeError(z.prettifyError(parsed.error))
  const { mode } = parsed.data
  const impossible = dependency === 'priority' ? NOT_SQL : NOT_HTTP
  if (impossible.includes(mode)) {
    throw new RangeError(`${dependency} can not have the fault ${mode}.`)
  }
  return parsed.data
}

export function isDependency(name: string): name is DependencyName {
  return (DEPENDENCIES as readonly string[]).includes(name)
}
