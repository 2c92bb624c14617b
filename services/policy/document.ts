/**
 * The policy language as people write it: the shape of the YAML, from which schemas/policy.schema.json
 * is generated. What the shape can't say (names, types, totality) is the business of check/.
 */
import { z } from 'zod'
import { CAUSES, ORIGINS, OUTCOMES, TARGET_TYPES } from './words.ts'

const name = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9_-]{0,63}$/, 'must be a name: a letter, then letters, digits, _ or -')
const ruleId = name.refine((id) => id !== 'default', "'default' names the default route")
const constantName = z
  .string()
  .regex(/^[A-Z][A-Z0-9_]{0,63}$/, 'must be CAPITALS, digits and underscores, like MANUAL_LOOKUP')
const reference = z
  .string()
  .regex(
    /^[A-Za-z][A-Za-z0-9_-]*(\.[A-Za-z][A-Za-z0-9_-]*){1,2}$/,
    'must name a fact: dependency.fact or call.input',
  )
const milliseconds = z.int().min(0).max(600_000)
const text = z.string().min(1).max(500)
const scalar = z.union([z.string().max(500), z.number(), z.boolean()])
const factValue = z.union([scalar, z.array(z.string().max(500)).max(50)])
const auditClass = z.enum(['keep', 'token', 'drop'])
const oneOrMore = <T extends z.ZodType>(item: T) => z.union([item, z.array(item).min(1)])

const factSpec = z.strictObject({
  type: z
    .enum(['boolean', 'long', 'double', 'string', 'strings'])
    .describe('What its values are; strings is a list.'),
  audit: auditClass.default('drop').describe('What records keep: in clear, as a token, nothing.'),
  screen: z.boolean().default(false).describe("May be shown on the agent's screen."),
})

const fallbackWhen = z
  .strictObject({
    outcome: oneOrMore(z.enum(OUTCOMES)).optional().describe('How the lookup ended.'),
    cause: oneOrMore(z.enum(CAUSES)).optional().describe('Why the live system gave no answer.'),
    origin: oneOrMore(z.enum(ORIGINS)).optional().describe('Where the facts came from.'),
    stale: z.boolean().optional().describe('The facts are older than staleAfterMs.'),
    missing: z
      .union([z.boolean(), z.array(name).min(1)])
      .optional()
      .describe('true: any fact is missing; a list: one of these is.'),
  })
  .describe('All that is named must hold; the entry that names most is used, then the earlier one.')

const fallback = z.strictObject({
  when: fallbackWhen,
  reason: constantName.describe('Stable code in the audit.'),
  sentence: text.describe(
    'For people. {dependency} {outcome} {cause} {waitedMs} {budgetMs} {origin} {syncedAt} {missing} {target} are filled in.',
  ),
  facts: z.record(name, factValue).default({}).describe('Stand in where the lookup gave none.'),
  flags: z.array(constantName).default([]).describe('Raised for the agent, the ACD and the rules.'),
})

const dependency = z.strictObject({
  timeoutMs: milliseconds
    .min(1)
    .describe(
      'How long it may take, from the arrival or from what it needs; at most window less margin.',
    ),
  staleAfterMs: z
    .int()
    .min(1)
    .nullable()
    .default(null)
    .describe('Facts synced longer ago are stale; null: never.'),
  needs: reference.nullable().default(null).describe('Asked once that fact is known.'),
  facts: z.record(name, factSpec).describe('What it supplies; rules read them as dependency.fact.'),
  fallbacks: z
    .array(fallback)
    .max(100)
    .describe('What stands in for each way of giving no live, fresh and complete facts.'),
})

const dependencyTest = <T extends z.ZodType>(tested: T) => z.record(name, oneOrMore(tested))

/** One condition. Exactly one of the first eight keys; `fact` takes exactly one comparison. */
const predicate = z
  .strictObject({
    get all() {
      return z.array(predicate).min(1).optional().describe('Every one of them holds.')
    },
    get any() {
      return z.array(predicate).min(1).optional().describe('One of them holds.')
    },
    get not() {
      return predicate.optional()
    },
    fact: reference.optional().describe('A fact to compare: dependency.fact or call.input.'),
    known: reference.optional().describe('The fact has a value.'),
    stale: name.optional().describe('The facts of that dependency are stale.'),
    flag: constantName.optional().describe('A fallback raised that flag.'),
    outcome: dependencyTest(z.enum(OUTCOMES)).optional().describe('How a lookup ended.'),
    cause: dependencyTest(z.enum(CAUSES)).optional().describe('Why it gave no live answer.'),
    open: name.optional().describe('That calendar is open when the call arrives.'),
    is: scalar.optional(),
    isNot: scalar.optional(),
    in: z.array(scalar).min(1).max(1000).optional(),
    above: z.number().optional(),
    atLeast: z.number().optional(),
    below: z.number().optional(),
    atMost: z.number().optional(),
    contains: z.string().optional(),
  })
  .describe('A fact that a settled lookup did not give equals nothing and compares with nothing.')
  .meta({ id: 'Predicate' })

const skill = z.strictObject({
  name: text.optional(),
  fact: reference.optional().describe('Its value names the skill; without a value, no skill.'),
  prefix: text.optional(),
  minLevel: z.int().min(0).max(100).default(1),
})

const route = z
  .strictObject({
    target: name.describe('One of `targets`.'),
    priority: z.int().min(1).max(100).default(5).describe('1 is the highest.'),
    skills: z.array(skill).max(20).default([]).describe('Skills the agent must have.'),
    language: z
      .union([
        z.string().min(1).max(35),
        z.strictObject({ fact: reference, otherwise: z.string().min(1).max(35).optional() }),
      ])
      .optional(),
    preferredAgent: z
      .strictObject({ fact: reference, waitMs: milliseconds })
      .optional()
      .describe('The agent that a fact names is tried first, for so long.'),
    overflowTarget: name.optional().describe('Where the call goes when the wait is over.'),
    treatment: text.optional().describe('Announcement or treatment the ACD plays.'),
    flags: z.array(constantName).default([]).describe('Raised besides those of fallbacks.'),
  })
  .meta({ id: 'Route' })

const timeOfDay = z
  .string()
  .regex(/^(([01]\d|2[0-3]):[0-5]\d|24:00)$/, 'must be a time like 08:30, quoted, up to 24:00')
const date = z.iso.date('must be a date like 2026-12-25')

const calendar = z.strictObject({
  timeZone: z.string().min(1).describe('IANA name, such as Europe/Berlin.'),
  hours: z
    .array(
      z.strictObject({
        days: z.array(z.enum(['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'])).min(1),
        from: timeOfDay,
        to: timeOfDay,
      }),
    )
    .max(100),
  holidays: z
    .array(
      z.strictObject({
        date,
        from: timeOfDay.optional(),
        to: timeOfDay.optional(),
      }),
    )
    .max(1000)
    .default([])
    .describe('Instead of the week: closed, or open from–to.'),
})

const target = z.strictObject({
  type: z.enum(TARGET_TYPES).default('QUEUE'),
  id: text.optional().describe("Its name in the ACD; absent: the target's own name."),
})

const arrival = z
  .strictObject({
    channel: auditClass.optional(),
    dnis: auditClass.optional(),
    language: auditClass.optional(),
    ced: auditClass.optional(),
    ivrChoice: auditClass.optional(),
    ivrIntent: auditClass.optional(),
    callerAuth: auditClass.optional(),
    aniPresentation: auditClass.optional(),
    aniVerification: auditClass.optional(),
    transferOf: auditClass.optional(),
    virtualAgent: z
      .strictObject({
        intent: auditClass.optional(),
        confidence: auditClass.optional(),
        summary: auditClass.optional(),
      })
      .default({}),
    attributes: z.record(name, auditClass).default({}),
  })
  .describe('Audit class of each input; what is not named is dropped.')

export const policyDocument = z.strictObject({
  policy: name.describe('Name of the policy.'),
  windowMs: milliseconds
    .min(1)
    .default(2500)
    .describe('Every call is decided within so long of its arrival.'),
  staleCallMs: z
    .int()
    .min(1)
    .default(30_000)
    .describe('A decision later than that is marked as not deliverable.'),
  margins: z
    .strictObject({
      enricherMs: milliseconds.default(400),
      publishMs: milliseconds.default(250),
      backupMs: milliseconds.default(120),
    })
    .prefault({})
    .describe('Kept free at the end of the window: for enrichers, for publishing, for a backup.'),
  targets: z.record(name, target).describe('Where calls can go.'),
  calendars: z.record(name, calendar).default({}).describe('Opening hours, for `open`.'),
  arrival: arrival.prefault({}),
  dependencies: z.record(name, dependency).describe('The systems asked about each call.'),
  rules: z
    .array(z.strictObject({ id: ruleId, when: predicate, route }))
    .max(1000)
    .describe('Tried from the top; the first that holds decides.'),
  default: route,
})

export type PolicyDocument = z.infer<typeof policyDocument>
export type DependencyDocument = z.infer<typeof dependency>
export type FallbackDocument = z.infer<typeof fallback>
export type PredicateDocument = z.infer<typeof predicate>
export type RouteDocument = z.infer<typeof route>
export type CalendarDocument = z.infer<typeof calendar>
export type Scalar = z.infer<typeof scalar>
