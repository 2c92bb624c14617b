/** An explanation for people at a terminal. */
import type { UsedLookup } from '../../../schemas/records.ts'
import { causeWords, kindWords, originWords, outcomeWords } from '../words.ts'
import type { ExplainedLookup, ExplainedRule, Explanation, Reason } from './explain.ts'
import { valueText } from './judge.ts'

const MARK = { TRUE: '✓', FALSE: '✗', UNKNOWN: '?' } as const
const INDENT = '      '

/** Lines of text; `title` names the call. */
export function explanationText(title: string, told: Explanation): string {
  return [
    title,
    `  arrived ${timeText(told.arrivedAt)}${inputsText(told.inputs)}`,
    '',
    'What lookups gave',
    ...told.lookups.flatMap((one) => lookupText(one, told.inputs)),
    '',
    'Rules, from the top',
    ...told.rules.flatMap(ruleText),
    ...notReachedText(told),
    '',
    ...routeText(told),
    ...certaintyText(told),
    ...fallbacksText(told.lookups),
  ].join('\n')
}

function timeText(timeMs: number): string {
  return `${new Date(timeMs).toISOString().slice(0, 19)}Z`
}

function inputsText(inputs: Explanation['inputs']): string {
  const given = Object.entries(inputs).map(([name, value]) => `${name} ${valueText(value)}`)
  return given.length === 0 ? '' : `; ${given.join(', ')}`
}

function lookupText(
  { dependency, lookup }: ExplainedLookup,
  inputs: Explanation['inputs'],
): string[] {
  const name = `  ${dependency.padEnd(12)}`
  if (lookup === null) return [`${name}pending`]
  const facts = Object.entries(lookup.facts).map(([fact, value]) => `${fact} ${valueText(value)}`)
  const given = facts.length === 0 ? '' : `: ${facts.join(', ')}`
  return [`${name}${endingText(lookup, inputs)}, ${lookup.latencyMs} ms${given}`]
}

function endingText(
  { outcome, cause, origin, stale, missing }: UsedLookup,
  { aniPresentation }: Explanation['inputs'],
): string {
  const why = cause === null ? '' : ` (${causeWords(cause, aniPresentation)})`
  const from = outcome === 'FOUND' && origin !== 'LIVE' ? ` from ${originWords(origin)}` : ''
  const without = missing.length === 0 ? '' : ` without ${missing.join(', ')}`
  return `${outcomeWords(outcome)}${from}${stale ? ', stale' : ''}${without}${why}`
}

function ruleText({ id, held, because }: ExplainedRule, index: number): string[] {
  const head = `  ${MARK[held]} ${id}`
  const place = String(index + 1).padStart(3)
  if (because.length === 0) return [`${place}${head}: all rules above are false`]
  return [`${place}${head}`, ...because.map((reason) => `${INDENT}    ${reasonText(reason)}`)]
}

function reasonText({ subject, actual, wanted, note }: Reason): string {
  const why = note === null ? '' : ` (${note})`
  return actual === wanted
    ? `${subject} is ${actual}${why}`
    : `${subject} is ${actual}${why}, wanted: ${wanted}`
}

function notReachedText({ notReached }: Explanation): string[] {
  return notReached.length === 0 ? [] : [`       not looked at: ${notReached.join(', ')}`]
}

function routeText({ verdict, rules }: Explanation): string[] {
  if (verdict === null) {
    const id = rules.at(-1)?.id ?? ''
    return [
      `Route: not certain yet. ${id} can still come out either way, or its route is not known.`,
    ]
  }
  const { target, priority, skills, language, preferredAgent, overflowTarget, treatment } = verdict
  const parts = [
    `priority ${priority}`,
    ...skills.map(({ name, minLevel }) => `skill ${name} from level ${minLevel}`),
    ...(language === null ? [] : [`language ${language}`]),
    ...(preferredAgent === null
      ? []
      : [`first agent ${preferredAgent.id} for ${preferredAgent.waitMs} ms`]),
    ...(overflowTarget === null ? [] : [`then ${overflowTarget.id}`]),
    ...(treatment === null ? [] : [`treatment ${treatment}`]),
  ]
  const flags = verdict.flags.length === 0 ? 'no flags' : `flags ${verdict.flags.join(', ')}`
  return [
    `Route: ${target.type.toLowerCase()} ${target.id} by rule ${verdict.ruleId}; ${parts.join(', ')}; ${flags}`,
  ]
}

function certaintyText({ verdict, restsOn, pending }: Explanation): string[] {
  const rests = restsOn.length === 0 ? 'nothing' : restsOn.join(', ')
  const head =
    verdict === null ? `  It waits for lookups:` : `  It is certain: it rests on ${rests}.`
  return [head, ...pending.map(({ dependency, why }) => `  ${dependency} is pending: ${why}.`)]
}

function fallbacksText(lookups: readonly ExplainedLookup[]): string[] {
  const told = lookups.flatMap(({ dependency, lookup, fallback, why }) => {
    if (lookup === null || fallback === null) return []
    const { kind, sentence, flags, substituted, decisive } = fallback
    const facts = Object.entries(substituted).map(([name, value]) => `${name} ${valueText(value)}`)
    return [
      `  ${dependency}: ${sentence}`,
      `${INDENT}${kindWords(kind)}; ${facts.length === 0 ? 'no facts stand in' : `stands in: ${facts.join(', ')}`}; ${flags.length === 0 ? 'no flags' : flags.join(', ')}`,
      `${INDENT}${decisive === 'NO' ? `decisive: no, the route is the same whatever ${dependency} would have said` : `decisive: unknown, what ${dependency} would have said could change the route`}`,
      ...(why === null ? [] : [`${INDENT}${why}`]),
    ]
  })
  return told.length === 0 ? [] : ['', 'Fallbacks', ...told]
}
