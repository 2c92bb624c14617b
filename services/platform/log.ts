/**
 * Structured logs: JSON lines with callId as a field. Callers' numbers and secrets have no business in
 * a log and no code puts them there; what is blacked out here is the last line of defence.
 */
import { pino, type DestinationStream, type Logger } from 'pino'

export type { Logger } from 'pino'

export interface LogOptions {
  readonly level: 'debug' | 'info' | 'warn' | 'error' | 'silent'
  /** Program and instance, on every line. */
  readonly service: string
  readonly instance: string
  /** Where lines go; a stream in tests. */
  readonly to: 'stderr' | 'stdout' | DestinationStream
  /** Values to black out wherever they turn up. */
  readonly secrets?: readonly string[]
}

/**
 * A number as people and switches write it: a plus and 7 to 15 digits, or 9 to 15 digits in one run
 * that is no part of a longer word (ids and hashes have letters; times are numbers, not text).
 */
const PHONE_NUMBER = /\+\d[\d ().-]{5,18}\d|(?<![\w-]|\d\.)\d{9,15}(?![\w-]|\.\d)/gu
const CREDENTIALS = /(\b[a-z][a-z\d+.-]*:\/\/)[^\s/@:]+(?::[^\s/@]*)?@/giu
const SECRET_FIELDS = /^(password|secret|token_?key|authorization|cookie|ani|sasl)$/iu
/** Ids are no numbers of callers, whatever they look like. */
const ID_FIELDS = /^(call_?id|decision_?id|event_?id|instance|service)$/iu
const DEPTH_MAX = 6
const HIDDEN = '(hidden)'

export function createLog(options: LogOptions): Logger {
  const scrub = createScrubber(options.secrets ?? [])
  const destination =
    options.to === 'stderr'
      ? pino.destination({ dest: 2, sync: true })
      : options.to === 'stdout'
        ? pino.destination({ dest: 1, sync: true })
        : options.to
  return pino(
    {
      level: options.level,
      base: { service: options.service, instance: options.instance },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: {
        level: (label) => ({ level: label }),
        log: (fields) => scrub.fields(fields),
      },
      hooks: {
        logMethod(args, method) {
          const clean = args.map((arg) => (typeof arg === 'string' ? scrub.text(arg) : arg))
          method.apply(this, clean as Parameters<typeof method>)
        },
      },
    },
    destination,
  )
}

export interface Scrubber {
  text(value: string): string
  fields(value: Record<string, unknown>): Record<string, unknown>
}

/** Blacks out what must not be in a log, an error's text or a report. */
export function createScrubber(secrets: readonly string[]): Scrubber {
  // Secrets go first and the longest of them before its parts, or a part hidden would bare the rest.
  const longestFirst = secrets.toSorted((a, b) => b.length - a.length)
  const text = (value: string): string => {
    let clean = value
    for (const secret of longestFirst) clean = clean.replaceAll(secret, HIDDEN)
    return clean.replaceAll(CREDENTIALS, `$1${HIDDEN}@`).replaceAll(PHONE_NUMBER, HIDDEN)
  }
  const clean = (value: unknown, depth: number): unknown => {
    if (typeof value === 'string') return text(value)
    if (typeof value !== 'object' || value === null) return value
    if (depth > DEPTH_MAX) return '…'
    if (value instanceof Error) return errorFields(value, text, depth)
    if (ArrayBuffer.isView(value)) return `(${value.byteLength} bytes)`
    if (Array.isArray(value)) return value.map((item) => clean(item, depth + 1))
    if (value instanceof Date) return value
    return object(value as Record<string, unknown>, depth)
  }
  const object = (value: Record<string, unknown>, depth: number): Record<string, unknown> =>
    Object.fromEntries(
      Object.entries(value).map(([name, item]) => [
        name,
        SECRET_FIELDS.test(name) && item !== null
          ? HIDDEN
          : ID_FIELDS.test(name)
            ? item
            : clean(item, depth + 1),
      ]),
    )
  return { text, fields: (value) => object(value, 0) }
}

function errorFields(error: Error, text: (value: string) => string, depth: number): object {
  const { code, remedy } = error as { code?: unknown; remedy?: unknown }
  return {
    name: error.name,
    message: text(error.message),
    ...(typeof code === 'string' ? { code } : {}),
    // Known errors explain themselves; of the others, where they came from is all there is.
    ...(typeof remedy === 'string' ? { remedy } : { stack: text(error.stack ?? '') }),
    ...(error.cause instanceof Error && depth < DEPTH_MAX
      ? { cause: errorFields(error.cause, text, depth + 1) }
      : {}),
  }
}
