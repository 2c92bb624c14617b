/**
 * Scenarios: calls and lookups as an owner tells them, with what is expected of the policy. Read from
 * YAML, run against a policy without any broker or clock.
 */
import { readFileSync, statSync } from 'node:fs'
import { isDeepStrictEqual } from 'node:util'
import { z } from 'zod'
import type { CallArrived, UsedLookup } from '../../schemas/records.ts'
import type { Privacy } from '../domain/privacy.ts'
import { CrosspointError, CrosspointErrors } from '../errors.ts'
import type { Place } from '../errors.ts'
import { readYaml } from '../platform/yaml-text.ts'
import type { Policy, Question, Verdict } from './policy.ts'
import { CAUSES, ORIGINS, OUTCOMES } from './words.ts'

const time = z.iso.datetime({ offset: true, error: 'must be a time like 2026-11-20T10:00:00Z' })
const factValue = z.union([z.null(), z.boolean(), z.number(), z.string(), z.array(z.string())])

const lookup = z.strictObject({
  outcome: z.enum(OUTCOMES).default('FOUND'),
  cause: z.enum(CAUSES).optional(),
  origin: z.enum(ORIGINS).optional(),
  stale: z.boolean().default(false),
  missing: z.array(z.string()).default([]),
  facts: z.record(z.string(), factValue).default({}),
  syncedAt: time.optional(),
  latencyMs: z.int().min(0).default(20),
})

const call = z.strictObject({
  channel: z.string().optional(),
  aniPresentation: z.enum(['ALLOWED', 'RESTRICTED', 'UNAVAILABLE']).optional(),
  aniVerification: z.enum(['NOT_CHECKED', 'PASSED_A', 'PASSED_B', 'PASSED_C', 'FAILED']).optional(),
  dnis: z.string().optional(),
  language: z.string().optional(),
  ced: z.string().optional(),
  ivrChoice: z.string().optional(),
  ivrIntent: z.string().optional(),
  virtualAgent: z
    .strictObject({
      summary: z.string().default(''),
      intent: z.string().nullable().default(null),
      confidence: z.number().nullable().default(null),
    })
    .optional(),
  callerAuth: z.enum(['NONE', 'IDENTIFIED', 'VERIFIED']).optional(),
  transferOf: z.string().optional(),
  attributes: z.record(z.string(), z.string()).optional(),
})

const byDependency = <T extends z.ZodType>(value: T) => z.record(z.string(), value)

const expectation = z
  .strictObject({
    decided: z.boolean().optional().describe('false: a pending lookup can still change the route.'),
    certainAfterMs: z.int().optional().describe('When, as lookups come in, the route is certain.'),
    rule: z.string().optional(),
    target: z.string().optional().describe("The target's id in the ACD."),
    priority: z.int().optional(),
    skills: z.array(z.string()).optional(),
    language: z.string().nullable().optional(),
    preferredAgent: z.string().nullable().optional(),
    overflowTarget: z.string().nullable().optional(),
    treatment: z.string().nullable().optional(),
    flags: z.array(z.string()).optional(),
    reasons: byDependency(z.string()).optional().describe('All reasons, by dependency.'),
    sentences: byDependency(z.string()).optional().describe('Some sentences, by dependency.'),
    decisive: byDependency(z.enum(['NO', 'UNKNOWN'])).optional(),
  })
  .describe('Only what is named is compared.')

const scenarioDocument = z.strictObject({
  scenarios: z
    .array(
      z.strictObject({
        name: z.string().min(1),
        arrivedAt: time.default('2026-11-20T10:00:00Z'),
        call: call.default({}),
        lookups: byDependency(lookup).default({}).describe('One that is not named is pending.'),
        expect: expectation,
      }),
    )
    .min(1),
})

type ScenarioDocument = z.infer<typeof scenarioDocument>['scenarios'][number]

export interface Scenario extends ScenarioDocument {
  readonly place: Place
}

/** One thing that is not as a scenario expects. */
export interface Mismatch {
  readonly what: string
  readonly expected: unknown
  readonly actual: unknown
}

const SCENARIO_YAML = {
  syntax: 'XP_SCENARIO_FILE',
  shape: 'XP_SCENARIO_FILE',
  limit: 'XP_SCENARIO_FILE',
  bytesMax: 1024 * 1024,
} as const

/** Reads scenarios for a policy. Throws CrosspointErrors (XP_SCENARIO_FILE), each with its place. */
export function loadScenarios(
  text: string,
  { file, policy }: { readonly file: string; readonly policy: Policy },
): Scenario[] {
  const read = readYaml(text, file, scenarioDocument, SCENARIO_YAML)
  const errors: CrosspointError[] = read.ok ? [] : [...read.errors]
  const scenarios = read.ok ? read.value.scenarios : []
  const known = new Set(policy.dependencies.map(({ name }) => name))
  scenarios.forEach(({ lookups }, index) => {
    for (const name of Object.keys(lookups)) {
      if (known.has(name) || !read.ok) continue
      const place = read.places.key(['scenarios', index, 'lookups', name])
      const remedy = `Use one of ${[...known].join(', ')}.`
      const message = `the policy has no dependency '${name}'`
      errors.push(new CrosspointError('XP_SCENARIO_FILE', message, { place, remedy }))
    }
  })
  const [first, ...rest] = errors
  if (first !== undefined) throw new CrosspointErrors([first, ...rest])
  return scenarios.map((scenario, index) => ({
    ...scenario,
    place: read.ok ? read.places.value(['scenarios', index]) : { file },
  }))
}

/** Reads scenarios from a file. Throws as `loadScenarios`, also when the file can't be read. */
export function loadScenarioFile(file: string, policy: Policy): Scenario[] {
  let text: string
  try {
    if (statSync(file).size > SCENARIO_YAML.bytesMax) throw new Error('larger than 1 MiB')
    text = readFileSync(file, 'utf8')
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException
    const why = `can not be read: ${code ?? message}`
    const remedy = 'Check the path.'
    throw new CrosspointError('XP_SCENARIO_FILE', why, { place: { file }, remedy, cause })
  }
  return loadScenarios(text, { file, policy })
}

/** What differs from what a scenario expects; nothing when the policy is as it should be. */
export function runScenario(policy: Policy, scenario: Scenario): readonly Mismatch[] {
  const question = questionOf(policy, scenario)
  const certainAfterMs = certainAfter(policy, question)
  const actual = { ...seen(policy.decide(question)), certainAfterMs }
  const { sentences, decisive, decided = true, ...exact } = scenario.expect
  const pairs: [string, unknown, unknown][] = [
    ['decided', decided, actual.decided],
    ...Object.entries(exact).map(([what, expected]): [string, unknown, unknown] => [
      what,
      expected,
      actual[what as keyof typeof actual],
    ]),
  ]
  for (const [dependency, expected] of Object.entries(sentences ?? {})) {
    pairs.push([`sentence of ${dependency}`, expected, actual.sentences[dependency]])
  }
  for (const [dependency, expected] of Object.entries(decisive ?? {})) {
    pairs.push([`decisive of ${dependency}`, expected, actual.decisive[dependency]])
  }
  return pairs
    .filter(([, expected, given]) => !isDeepStrictEqual(expected, given))
    .map(([what, expected, given]) => ({ what, expected, actual: given }))
}

/**
 * After how many milliseconds the route is certain when lookups settle one after the other at their
 * latencies (design §4.2); null when it never is.
 */
export function certainAfter(policy: Policy, question: Question): number | null {
  const { lookups } = question
  const times = lookups.map((one) => one?.latencyMs ?? Number.POSITIVE_INFINITY)
  const moments = [0, ...times.filter(Number.isFinite)].toSorted((left, right) => left - right)
  const certain = moments.find((moment) => {
    const settled = lookups.map((one, at) => ((times[at] ?? 0) <= moment ? one : null))
    return policy.decide({ ...question, lookups: settled }) !== null
  })
  return certain ?? null
}

/** What the policy is asked in a scenario. */
export function questionOf(policy: Policy, scenario: Scenario): Question {
  return {
    arrival: policy.classify(arrivalOf(scenario), PLAIN),
    arrivedAt: Date.parse(scenario.arrivedAt),
    lookups: policy.dependencies.map((dependency) => lookupOf(scenario, dependency)),
  }
}

/** Scenarios never leave the machine, so tokens need no key. */
const PLAIN: Privacy = { keyId: 'scenario', token: (value) => `token(${value})`, mask: () => '' }

/** A verdict in the words of an expectation. */
function seen(verdict: Verdict | null) {
  const fallbacks = verdict?.fallbacks ?? []
  const told = <T>(value: (fallback: Verdict['fallbacks'][number]) => T): Record<string, T> =>
    Object.fromEntries(fallbacks.map((fallback) => [fallback.dependency, value(fallback)]))
  return {
    decided: verdict !== null,
    rule: verdict?.ruleId,
    target: verdict?.target.id,
    priority: verdict?.priority,
    skills: verdict?.skills.map(({ name }) => name),
    language: verdict?.language,
    preferredAgent: verdict === null ? undefined : (verdict.preferredAgent?.id ?? null),
    overflowTarget: verdict === null ? undefined : (verdict.overflowTarget?.id ?? null),
    treatment: verdict?.treatment,
    flags: verdict?.flags,
    reasons: told(({ reason }) => reason),
    sentences: told(({ sentence }) => sentence),
    decisive: told(({ decisive }) => decisive),
  }
}

function lookupOf(
  scenario: Scenario,
  { name, timeoutMs }: Policy['dependencies'][number],
): UsedLookup | null {
  const given = Object.hasOwn(scenario.lookups, name) ? scenario.lookups[name] : undefined
  if (given === undefined) return null
  const { cause, origin, syncedAt, ...rest } = given
  return {
    dependency: name,
    ...rest,
    cause: cause ?? null,
    origin: origin ?? (given.outcome === 'FOUND' ? 'LIVE' : 'NONE'),
    syncedAt: syncedAt === undefined ? null : Date.parse(syncedAt),
    asked: '',
    attempts: 1,
    budgetMs: timeoutMs,
    detail: '',
    settledAt: Date.parse(scenario.arrivedAt) + given.latencyMs,
    settledOffset: 0,
  }
}

function arrivalOf({ call: given }: Scenario): CallArrived {
  return {
    callId: 'scenario',
    requestNo: 1,
    channel: given.channel ?? 'VOICE',
    ani: null,
    aniPresentation: given.aniPresentation ?? 'ALLOWED',
    aniVerification: given.aniVerification ?? 'NOT_CHECKED',
    dnis: given.dnis ?? '',
    language: given.language ?? null,
    ced: given.ced ?? null,
    ivrChoice: given.ivrChoice ?? null,
    ivrIntent: given.ivrIntent ?? null,
    virtualAgent: given.virtualAgent ?? null,
    callerAuth: given.callerAuth ?? 'NONE',
    transferOf: given.transferOf ?? null,
    attributes: given.attributes ?? {},
    switchTime: null,
    decideWithinMs: null,
  }
}
