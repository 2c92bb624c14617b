/** Options of the simulator's commands. Pure but for ending the process on a mistake. */

/** An option is set to what it can't be; the message says what it can. */
export class Mistake extends RangeError {}

/** The number that an option is set to. Throws Mistake. */
export function wholeNumber(option: string, given: string, least = 1): number {
  const value = /^\d+$/u.test(given) ? Number(given) : Number.NaN
  if (Number.isSafeInteger(value) && value >= least) return value
  throw new Mistake(`--${option} is ${given}; allowed: a whole number from ${least} on`)
}

/** Runs a command; a mistake in its options is told in a line, with `usage`, and exit code 2. */
export async function asked(usage: string, main: () => Promise<void>): Promise<void> {
  if (process.argv.includes('--help')) {
    process.stdout.write(`${usage}\n`)
    return
  }
  try {
    await main()
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    const isMistake = error instanceof Mistake || code?.startsWith('ERR_PARSE_ARGS') === true
    if (!isMistake) throw error
    process.stderr.write(`${message}\n\n${usage}\n`)
    process.exitCode = 2
  }
}
