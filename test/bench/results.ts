/**
 * What benchmark runs leave in their file; the page is made from it alone. Each part is of one run, with
 * its own date, commit and machine, and takes the place of what the file had of that part.
 */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { z } from 'zod'
import { CrosspointError } from '../../services/errors.ts'

const number = z.number()
const percentiles = z.object({
  count: number,
  p50: number,
  p95: number,
  p99: number,
  p999: number,
  max: number,
})
const slice = z.object({ untilMs: number, arrived: number, p99: number, open: number })
const groupLag = z.object({ group: z.string(), topic: z.string(), records: number })
const pauses = z.object({
  gcS: number,
  gcCount: number,
  /** A JVM's longest; Node's page does not tell it. */
  gcMaxMs: number.nullable(),
  loopP99Ms: number.nullable(),
  loopMaxMs: number.nullable(),
})

const measured = z.object({
  contender: z.string(),
  repetition: number,
  ratePerS: number,
  durationMs: number,
  sent: number,
  unacknowledged: number,
  undecided: number,
  doubled: number,
  late: number,
  stored: percentiles,
  seen: percentiles,
  sending: percentiles,
  catchUpMs: number,
  /** Share of the cores' time that the machine's host gave to others meanwhile; null where nobody told. */
  stolen: number.nullable().default(null),
  /** How often it was measured; the one that the host disturbed least stands. */
  tries: number.default(1),
  slices: z.array(slice),
  /** Behind in records, by group, when the phase began, half-way, and when the last call was sent. */
  lag: z.object({ start: z.array(groupLag), middle: z.array(groupLag), end: z.array(groupLag) }),
  broken: z.array(z.string()),
  /** What decides comes first. */
  processes: z.array(z.object({ name: z.string(), cpuS: number, residentMb: number })),
  pauses: z.record(z.string(), pauses),
  topics: z.array(z.object({ topic: z.string(), records: number, bytes: number })),
})
export type Measured = z.infer<typeof measured>

const run = z.object({
  command: z.string(),
  startedAt: z.iso.datetime(),
  endedAt: z.iso.datetime(),
  commit: z.string(),
  machine: z.object({
    cores: number,
    model: z.string(),
    memoryGb: number,
    kernel: z.string(),
    node: z.string(),
    java: z.string(),
    /** One-minute load average before the run: what else the machine did. */
    loadBefore: number,
  }),
  /** What could not be measured, and why. */
  failures: z.array(z.object({ what: z.string(), why: z.string() })),
})
export type Run = z.infer<typeof run>

const capacity = z.object({
  contender: z.string(),
  /** In the order they were tried. */
  probes: z.array(measured),
  /** The highest rate that held, and held again for longer; null when none did. */
  confirmed: measured.nullable(),
})

/** A hot path alone: microseconds of a core, and bytes of heap, for one operation. */
const piece = z.object({
  name: z.string(),
  /** What one operation is. */
  per: z.string(),
  p50: number,
  p99: number,
  max: number,
  bytes: number,
  /** As a multiple of a fixed piece of work that every machine has. */
  times: number,
})

const restart = z.object({
  /** Requests the router has to remember. */
  markers: number,
  /** From start of the process until it answered that it was ready, and to its first decision. */
  readyMs: number,
  firstDecisionMs: number,
  residentMb: number,
})

const part = <Shape extends z.ZodRawShape>(shape: Shape) => z.object({ run, ...shape })
const atX = z.object({ x: number, measured })

/** Contenders at rates, in turns. */
const inTurns = {
  /** The first seconds after a start, before anything else was asked. */
  warmUps: z.array(measured),
  measured: z.array(measured),
}

const RESULTS = z.object({
  format: z.literal(2),
  parts: z.object({
    rates: part(inTurns).optional(),
    twin: part(inTurns).optional(),
    capacity: part({ found: z.array(capacity) }).optional(),
    sustained: part({
      /** The first seconds at the rate, before it counted. */
      warmUps: z.array(measured),
      measured: z.array(measured),
    }).optional(),
    restart: part({ restarts: z.array(restart) }).optional(),
    scale: part({
      partitions: z.array(atX),
      dependencies: z.array(atX),
      /** By how many processes the enrichers of the example policy have. */
      processes: z.array(atX).default([]),
      /** By how long the CRM took, ms: the longer, the more requests are open at once. */
      slowLookups: z.array(atX),
      /** In process: the core of one partition with so many requests open. */
      openRequests: z.array(z.object({ open: number, usPerCall: number, bytesPerRequest: number })),
      /** In process: a policy of so many rules. */
      rules: z.array(z.object({ rules: number, usPerDecision: number, loadMs: number })),
    }).optional(),
    micro: part({ figures: z.array(piece) }).optional(),
    tuning: part({
      tried: z.array(z.object({ setting: z.string(), value: z.string(), measured })),
    }).optional(),
  }),
})
export type Results = z.infer<typeof RESULTS>
export type Parts = Results['parts']

const NO_RESULTS: Results = { format: 2, parts: {} }

/** Throws XP_USAGE with the first thing that is wrong. */
export function parseResults(text: string, file: string): Results {
  const parsed = RESULTS.safeParse(json(text))
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  const where = issue === undefined ? '' : ` (${issue.path.join('.')}: ${issue.message})`
  throw new CrosspointError('XP_USAGE', `${file} holds no results of this benchmark${where}`, {
    remedy: 'Name another file with --out, or remove this one.',
  })
}

function json(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

/** What a file has so far; nothing when there is none. */
export function readResults(file: string): Results {
  return existsSync(file) ? parseResults(readFileSync(file, 'utf8'), file) : NO_RESULTS
}

/** Written after each step, whole or not at all; what could not be read again is not written. */
export function saveResults(file: string, results: Results): void {
  const text = `${JSON.stringify(results, null, 1)}\n`
  parseResults(text, file)
  writeFileSync(`${file}.part`, text)
  renameSync(`${file}.part`, file)
}
