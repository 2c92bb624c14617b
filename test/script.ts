/** What the scripts of this folder that people run have in common: help, options, how errors are told. */
import { CrosspointError } from '../services/errors.ts'
import { describeError, exitCodeOf } from '../services/platform/error-text.ts'

/** An option is set to what it can't be; the message says what it can. */
export class Mistake extends RangeError {}

/** The number that an option or argument is set to. Throws Mistake. */
export function wholeNumber(option: string, given: string, least = 1): number {
  const value = /^\d+$/u.test(given) ? Number(given) : Number.NaN
  if (Number.isSafeInteger(value) && value >= least) return value
  throw new Mistake(`${option} is ${given}; allowed: a whole number from ${least} on`)
}

/**
 * Runs a script. A mistake in its options is told in a line, with `usage`, and exit code 2; what people can
 * mend with its code, and anything else, which is a mistake of ours, as it was thrown.
 */
export async function asked(usage: string, main: () => Promise<void> | void): Promise<void> {
  if (process.argv.includes('--help')) {
    process.stdout.write(`${usage}\n`)
    return
  }
  try {
    await main()
  } catch (error) {
    if (isMistake(error)) {
      process.stderr.write(`${error.message}\n\n${usage}\n`)
      process.exitCode = 2
      return
    }
    process.stderr.write(
      error instanceof CrosspointError
        ? describeError(error, { json: false })
        : `${(error as Error).stack ?? String(error)}\n`,
    )
    process.exitCode = exitCodeOf(error)
  }
}

function isMistake(error: unknown): error is Error {
  const { code } = error as NodeJS.ErrnoException
  return error instanceof Mistake || code?.startsWith('ERR_PARSE_ARGS') === true
}
