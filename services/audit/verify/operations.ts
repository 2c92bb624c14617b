/** I9 and I10: lag goes back to zero, and nothing private stands in clear. */
import { catchUpOf } from './catch-up.ts'
import type { Breach, Evidence, Finding } from './evidence.ts'

/** I9: after the last fault heals, there is no backlog within the bound fixed before the run. */
export function lagReturns({ lag }: Evidence): Finding {
  if (lag === undefined) return { checked: 0, breaches: [] }
  const checked = lag.samples.filter((one) => one.atMs >= lag.healedAtMs).length
  const { tookMs, last } = catchUpOf(lag.samples, lag.healedAtMs, lag.onTheWay)
  if (tookMs !== null && tookMs <= lag.boundMs) return { checked, breaches: [] }
  const whose = last.join(', ')
  const what =
    tookMs === null
      ? `lag never returned${whose === '' ? '' : `: ${whose}`}`
      : `lag took ${tookMs} ms to return, ${lag.boundMs} ms were allowed; last of all ${whose}`
  return { checked, breaches: [{ what }] }
}

/** Runs of digits long enough to be a subscriber's number, as they appear in text. */
const NUMBERS = /\+?\d{8,15}/g

/** I10: no caller's number and no secret value in clear where people and programs read. */
export function nothingPrivateInClear(evidence: Evidence): Finding {
  const latin = new TextDecoder('latin1')
  const callers = evidence.callers ?? callersIn(evidence.topics.arrived)
  const numbers = new Set([...callers].map(digits))
  const finder = secretFinder(evidence.secrets ?? new Set())
  const keys = Object.values(evidence.topics)
    .flat()
    .flatMap((one) => ('key' in one && one.key !== null ? [one.key] : []))
  const places = [
    { source: 'record keys', text: keys.join('\n') },
    ...(evidence.readables ?? []),
    ...(evidence.auditBytes ?? []).map((one) => ({
      source: one.source,
      text: latin.decode(one.bytes),
    })),
  ]
  const breaches = places.flatMap(({ source, text }): Breach[] => {
    const found = [...text.matchAll(NUMBERS)].filter(([run]) => holdsNumber(numbers, run)).length
    const secrets = finder(text)
    return [
      ...(found > 0 ? [{ what: `${source} holds ${found} callers' numbers in clear` }] : []),
      ...(secrets > 0 ? [{ what: `${source} holds ${secrets} secret values in clear` }] : []),
    ]
  })
  return { checked: places.length, breaches }
}

function callersIn(arrived: Evidence['topics']['arrived']): ReadonlySet<string> {
  return new Set(arrived.flatMap(({ value }) => value?.ani ?? []))
}

/** In Avro the length of the next text follows, and is a digit's code where that has 24 to 28 bytes. */
const holdsNumber = (numbers: ReadonlySet<string>, run: string): boolean =>
  numbers.has(digits(run)) || numbers.has(digits(run.slice(0, -1)))

const digits = (number: string): string => number.replaceAll(/\D/g, '')

const PREFIX_LENGTH = 4

/** Counts how often any of many secrets stands in a text, in one pass over it. */
function secretFinder(secrets: ReadonlySet<string>): (text: string) => number {
  const byPrefix = new Map<string, string[]>()
  for (const secret of secrets) {
    if (secret.length < PREFIX_LENGTH) continue
    const prefix = secret.slice(0, PREFIX_LENGTH)
    byPrefix.set(prefix, [...(byPrefix.get(prefix) ?? []), secret])
  }
  if (byPrefix.size === 0) return () => 0
  return (text) => {
    let found = 0
    for (let at = 0; at + PREFIX_LENGTH <= text.length; at += 1) {
      const candidates = byPrefix.get(text.slice(at, at + PREFIX_LENGTH))
      if (candidates?.some((secret) => text.startsWith(secret, at))) found += 1
    }
    return found
  }
}
