/** Breaches that the promises' own checks do not look for, by the promise they break. Pure. */
import type { Breach, Outage, PromiseId, Topics } from '../audit/verify/evidence.ts'
import type { PromiseVerdict } from '../audit/verify/verify.ts'
import type { RawPlaced } from './calls.ts'
import { lateUnexcused } from './late.ts'
import type { Life } from './measure.ts'
import type { Scenario, Told } from './scenario.ts'

export type Extra = Readonly<Partial<Record<PromiseId, readonly Breach[]>>>

export function withExtra(verdict: PromiseVerdict, extra: Extra): PromiseVerdict {
  const more = extra[verdict.id] ?? []
  if (more.length === 0) return verdict
  return { ...verdict, holds: false, breaches: [...verdict.breaches, ...more] }
}

/** Each record published as poison has its dead letter, and nothing else that was published raw has one. */
export function rawBreaches(
  raws: readonly RawPlaced[],
  { deadLetters }: Topics,
): readonly Breach[] {
  const letters = new Set(
    deadLetters.map(({ topic, partition, offset }) => `${topic} ${partition}/${offset}`),
  )
  return raws.flatMap(({ record, partition, offset, isPoison }): Breach[] => {
    const place = `${record.topic} ${partition}/${offset}`
    if (letters.has(place) === isPoison) return []
    const what = isPoison
      ? `the poison ${place} has no dead letter`
      : `${place} was no poison and has a dead letter`
    return [{ what }]
  })
}

/** What the scenario said must be told of its faults, and no audited reason tells. */
export function untold({ tells = [] }: Scenario, topics: Topics): readonly Told[] {
  const told = topics.fallbacks.flatMap(({ value }) => value ?? [])
  return tells.filter(
    (wanted) =>
      !told.some(
        ({ dependency, reason, cause }) =>
          dependency === wanted.dependency &&
          reason === (wanted.reason ?? reason) &&
          cause === (wanted.cause ?? cause),
      ),
  )
}

export const untoldBreaches = (untoldOnes: readonly Told[]): readonly Breach[] =>
  untoldOnes.map(({ dependency, reason = 'any reason', cause = 'any cause' }) => ({
    what: `audit.fallback tells nowhere of ${dependency}: ${reason}, ${cause}`,
  }))

/**
 * The checker excuses every call that an outage touched. Here the outage must hold the moment at which
 * the call was due; those that both would tell of are told once.
 */
export function lateBreaches(
  lives: readonly Life[],
  outages: readonly Outage[],
  maxClockSkewMs: number,
): readonly Breach[] {
  const touched = ({ arrivedAt, decidedAt }: Life): boolean =>
    outages.some(({ fromMs, toMs }) => fromMs <= decidedAt && arrivedAt <= toMs)
  return lateUnexcused(lives, outages, maxClockSkewMs)
    .filter(touched)
    .map(({ callId, name, decidedAt, decideBy }) => ({
      callId,
      what: `${name} was decided ${decidedAt - decideBy} ms after decideBy: that lay in no outage, or long after it`,
    }))
}
