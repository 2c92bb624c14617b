/** How errors are told to people and to programs, and which exit code they have. */
import { CrosspointError, CrosspointErrors, ERRORS, type ErrorCode, type Place } from '../errors.ts'
import { createScrubber } from './log.ts'

/** Errors in what a person gave: flags, environment, files. */
const BAD_INPUT =
  /^XP_(USAGE|SETTING|POLICY|CONNECTOR|SCENARIO|OVERRIDE_INVALID|AUDIT_EMPTY|EXPORT|SQL|WHAT_IF|(DLT|DEPENDENCY)_UNKNOWN)/u
/** What was asked was found out, and the answer is no. */
const ANSWERS: ReadonlySet<string> = new Set<ErrorCode>([
  'XP_AUDIT_CALL_UNKNOWN',
  'XP_CALL_UNDECIDED',
  'XP_DLT_REFUSED',
  'XP_SCENARIO_FAILED',
  'XP_SCHEMA_INCOMPATIBLE',
])

/** A script must tell an audit that does not hold from brokers that can not be asked. */
type ExitCode = 1 | 2 | 3

function exitCodeFor(code: ErrorCode): ExitCode {
  if (ANSWERS.has(code)) return 1
  return BAD_INPUT.test(code) ? 2 : 3
}

/** 1: the answer is no; 2: mend what you gave; 3: it could not be done. */
export function exitCodeOf(error: unknown): ExitCode {
  return error instanceof CrosspointError ? exitCodeFor(error.code) : 3
}

/**
 * An error for stderr, ending in a newline: `error CODE  file:line:column: what` and what to do below
 * it; as JSON one object on one line. Unknown errors become XP_INTERNAL; no stack trace either way.
 */
export function describeError(error: unknown, options: { readonly json: boolean }): string {
  const errors = flatten(error)
  const scrub = createScrubber([])
  if (options.json) {
    const list = errors.map(({ code, message, remedy, place }) => ({
      code,
      message: scrub.text(message),
      remedy,
      ...(place === undefined ? {} : { place }),
    }))
    const [first] = list
    return `${JSON.stringify({ error: list.length === 1 ? first : { ...first, all: list } })}\n`
  }
  return errors
    .map(({ code, message, remedy, place }) => {
      const where = place === undefined ? '' : `${placeText(place)}: `
      return `error ${code}  ${where}${scrub.text(message)}\n  ${remedy}\n`
    })
    .join('')
}

function placeText({ file, line, column }: Place): string {
  return [file, line, column].filter((part) => part !== undefined).join(':')
}

function flatten(error: unknown): readonly CrosspointError[] {
  if (error instanceof CrosspointErrors) return error.errors
  if (error instanceof CrosspointError) return [error]
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
  return [new CrosspointError('XP_INTERNAL', text, { cause: error })]
}

/** docs/errors.md. */
export function errorsPage(): string {
  const rows = Object.entries(ERRORS).toSorted(([a], [b]) => (a < b ? -1 : 1)) as [
    ErrorCode,
    { means: string; remedy: string },
  ][]
  const lines = rows.map(
    ([code, { means, remedy }]) => `| \`${code}\` | ${means} | ${remedy} | ${exitCodeFor(code)} |`,
  )
  return (
    '<!-- Generated from services/errors.ts by `npm run generate`. -->\n# Errors\n\n' +
    'Every error has a code that stays. Commands print `error CODE  file:line:column: what is wrong` ' +
    'and what to do to stderr; with `--json` the same as JSON. Dead letters carry the code in the ' +
    'header `dlt-code`. Exit codes: 1, the answer is no (a check that does not hold, a call that nobody ' +
    'knows); 2, mend what you gave (flags, environment, files); 3, it could not be done (brokers or ' +
    'registry that do not answer, a mistake of ours).\n\n' +
    `| code | what it means | what to do | exit |\n|---|---|---|---|\n${lines.join('\n')}\n`
  )
}
