/** Everything about a policy that its shape can't say; each part collects its own mistakes. */
import type { CrosspointError } from '../errors.ts'
import { byPlace } from '../platform/yaml-text.ts'
import type { Places } from '../platform/yaml-text.ts'
import type { Catalog } from './catalog.ts'
import { checkCalendar } from './check/calendars.ts'
import { checkCondition } from './check/conditions.ts'
import { checkDependency, checkMargins } from './check/dependencies.ts'
import { checkFallbacks } from './check/fallbacks.ts'
import { createMistakes } from './check/mistakes.ts'
import type { Mistakes } from './check/mistakes.ts'
import { checkRoute } from './check/routes.ts'
import { checkRules } from './check/rules.ts'
import type { PolicyDocument, PredicateDocument } from './document.ts'

/** How much is evaluated for every call at most. */
const LIMITS = { dependencies: 32, factsPerDependency: 200, conditions: 5000 } as const

/**
 * All mistakes of a document of the right shape, in the order of the file. A document without any is
 * total: every question with nothing pending has a verdict.
 */
export function checkDocument(
  document: PolicyDocument,
  catalog: Catalog,
  places: Places,
): CrosspointError[] {
  const mistakes = createMistakes(places)
  checkLimits(document, mistakes)
  if (mistakes.found.length > 0) return [...mistakes.found]

  checkMargins(document, mistakes)
  for (const [name, calendar] of Object.entries(document.calendars)) {
    checkCalendar(name, calendar, mistakes)
  }
  for (const [name, dependency] of Object.entries(document.dependencies)) {
    checkDependency(name, dependency, catalog, mistakes)
    checkFallbacks(name, dependency, mistakes)
  }
  checkRuleIds(document, mistakes)
  document.rules.forEach(({ when, route }, index) => {
    checkCondition(when, ['rules', index, 'when'], catalog, mistakes)
    checkRoute(route, ['rules', index, 'route'], catalog, mistakes)
  })
  checkRoute(document.default, ['default'], catalog, mistakes)
  if (mistakes.found.length === 0) checkRules(document, catalog, mistakes)
  return mistakes.found.toSorted((left, right) => byPlace(left.place, right.place))
}

function checkRuleIds({ rules }: PolicyDocument, mistakes: Mistakes): void {
  const seen = new Set<string>()
  rules.forEach(({ id }, index) => {
    if (seen.has(id)) {
      const message = `a rule '${id}' stands above already`
      mistakes.at(
        ['rules', index, 'id'],
        'XP_POLICY_NAME',
        message,
        'Give the rule an id of its own.',
      )
    }
    seen.add(id)
  })
}

function checkLimits(document: PolicyDocument, mistakes: Mistakes): void {
  const dependencies = Object.entries(document.dependencies)
  if (dependencies.length > LIMITS.dependencies) {
    const message = `${dependencies.length} dependencies; ${LIMITS.dependencies} is the limit`
    mistakes.at(['dependencies'], 'XP_POLICY_LIMIT', message)
  }
  for (const [name, { facts }] of dependencies) {
    const count = Object.keys(facts).length
    if (count <= LIMITS.factsPerDependency) continue
    const message = `${name} has ${count} facts; ${LIMITS.factsPerDependency} is the limit`
    mistakes.at(['dependencies', name, 'facts'], 'XP_POLICY_LIMIT', message)
  }
  const conditions = document.rules.reduce((sum, { when }) => sum + countOf(when), 0)
  if (conditions > LIMITS.conditions) {
    const message = `${conditions} conditions; ${LIMITS.conditions} is the limit`
    mistakes.at(['rules'], 'XP_POLICY_LIMIT', message)
  }
}

function countOf({ all, any, not }: PredicateDocument): number {
  const inner = [...(all ?? []), ...(any ?? []), ...(not === undefined ? [] : [not])]
  return inner.reduce((sum, each) => sum + countOf(each), 1)
}
