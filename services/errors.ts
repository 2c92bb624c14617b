/**
 * Every error a person or a program may meet, by its stable code. docs/errors.md lists the same codes
 * and a test holds the two together.
 */

interface ErrorSpec {
  /** What is wrong, in general. */
  readonly means: string
  /** What to do about it. */
  readonly remedy: string
}

export const ERRORS = {
  XP_RECORD_EMPTY: {
    means: 'A record has no value.',
    remedy: 'Mend the producer: every crosspoint topic carries a value.',
  },
  XP_RECORD_UNREADABLE: {
    means: 'The bytes of a record are not the record its topic carries.',
    remedy:
      'Mend the producer: Confluent wire format, Avro, the schema of subject `<topic>-value`.',
  },
  XP_RECORD_INVALID: {
    means: 'A value does not fit its schema.',
    remedy: 'This is a mistake in crosspoint: report it with the field the message names.',
  },
  XP_RECORD_KEY_MISMATCH: {
    means: "A record's key is missing or is not the call id its value names.",
    remedy: 'Mend the producer: the key is the call id in UTF-8.',
  },
  XP_SCHEMA_UNKNOWN: {
    means: 'The registry has no schema with the id a record names.',
    remedy: 'Register the schema with this registry, or point the producer at it.',
  },
  XP_USAGE: {
    means: 'A command line is wrong.',
    remedy: 'Read `crosspoint <command> --help`.',
  },
} as const satisfies Record<string, ErrorSpec>

export type ErrorCode = keyof typeof ERRORS

/** Where in a file a mistake stands; lines and columns count from 1. */
export interface Place {
  readonly file: string
  readonly line?: number
  readonly column?: number
}

/**
 * An error with a stable code. `message` says what is wrong here; `remedy` what to do, taken from the
 * table unless the thrower knows better.
 */
export class CrosspointError extends Error {
  readonly code: ErrorCode
  readonly remedy: string
  readonly place: Place | undefined

  constructor(
    code: ErrorCode,
    message: string,
    options: { remedy?: string; place?: Place; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? {} : { cause: options.cause })
    this.name = 'CrosspointError'
    this.code = code
    this.remedy = options.remedy ?? ERRORS[code].remedy
    this.place = options.place
  }
}
