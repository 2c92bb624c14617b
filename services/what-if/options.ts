/** What people give on the command line, as a change. Pure but for the words of errors. */
import type { Cause } from '../../schemas/records.ts'
import { CrosspointError } from '../errors.ts'
import type { Policy } from '../policy/policy.ts'
import { CAUSES } from '../policy/words.ts'
import type { Failure } from './core/terms.ts'

const MS_MAX = 600_000

/** `crm=1500` as dependency and milliseconds. Throws XP_USAGE. */
export function timeoutOf(text: string): readonly [string, number] {
  const [, name, digits] = /^([^=]+)=(\d{1,6})$/u.exec(text) ?? []
  if (name === undefined || digits === undefined) {
    throw usage(`--timeout ${text}`, 'Give a dependency and milliseconds: --timeout crm=1500.')
  }
  return [name, msOf(`--timeout ${name}=`, digits)]
}

/** Milliseconds from 1 to ten minutes. Throws XP_USAGE. */
export function msOf(option: string, text: string): number {
  const ms = /^\d{1,6}$/u.test(text) ? Number(text) : 0
  if (ms >= 1 && ms <= MS_MAX) return ms
  throw usage(
    `${option}${option.endsWith('=') ? '' : ' '}${text}`,
    `Give whole milliseconds from 1 to ${MS_MAX}.`,
  )
}

const OUTCOMES = ['TIMED_OUT', 'FAILED', 'NO_ANSWER'] as const

/** `billing=TIMED_OUT/RESPONSE`; the cause has a default. Throws XP_USAGE. */
export function failureOf(text: string): readonly [string, Failure] {
  const [, name, outcomeText, causeText] = /^([^=]+)=([A-Z_]+)(?:\/([A-Z_]+))?$/u.exec(text) ?? []
  const outcome = OUTCOMES.find((one) => one === outcomeText)
  const cause =
    causeText === undefined ? null : (CAUSES as readonly Cause[]).find((one) => one === causeText)
  if (name === undefined || outcome === undefined || cause === undefined) {
    throw usage(
      `--fail ${text}`,
      `Give a dependency, one of ${OUTCOMES.join(', ')}, and a cause: --fail billing=TIMED_OUT/RESPONSE.`,
    )
  }
  if (outcome === 'NO_ANSWER') return [name, { outcome, cause: null }]
  return [name, { outcome, cause: cause ?? (outcome === 'TIMED_OUT' ? 'RESPONSE' : 'UNREACHABLE') }]
}

/** Throws XP_USAGE when none of the policies has a dependency of that name. */
export function requireKnown(names: readonly string[], policies: readonly Policy[]): void {
  const known = new Set(
    policies.flatMap(({ dependencies }) => dependencies.map(({ name }) => name)),
  )
  for (const name of names) {
    if (known.has(name)) continue
    throw usage(`there is no dependency ${name}`, `Known are ${[...known].join(', ')}.`)
  }
}

function usage(what: string, remedy: string): CrosspointError {
  return new CrosspointError('XP_USAGE', what, { remedy })
}
