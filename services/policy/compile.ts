/** From a checked document to what decides: names become indexes, conditions and routes closures. */
import type { Catalog } from './catalog.ts'
import type { PolicyDocument } from './document.ts'
import { DEFAULT_RULE_ID } from './evaluate/decide.ts'
import type { Model } from './evaluate/decide.ts'
import { compileChoice } from './evaluate/fallback.ts'
import type { FallbackEntry } from './evaluate/fallback.ts'
import { compilePredicate } from './evaluate/predicate.ts'
import type { Names } from './evaluate/predicate.ts'
import { compileRoute } from './evaluate/route.ts'
import type { RouteNames } from './evaluate/route.ts'
import { TRUE } from './evaluate/three-valued.ts'
import type { ReadFlag, Slot } from './evaluate/view.ts'
import { compileOpeningHours } from './opening-hours.ts'
import { compileSentence } from './sentence.ts'

/** Compiles a document whose names were all found in the catalog. */
export function compileModel(document: PolicyDocument, catalog: Catalog): Model {
  const slots: Slot[] = []
  const flags: ReadFlag[] = []
  const names = namesIn(catalog, slots, flags)
  const rules = document.rules.map(({ id, when, route }) => ({
    id,
    when: compilePredicate(when, names),
    route: compileRoute(route, names),
  }))
  const defaultRoute = compileRoute(document.default, names)

  return {
    dependencies: catalog.dependencies.map(({ name, needs }) => {
      const index = needs === null ? undefined : catalog.dependencyIndex.get(needs.dependency)
      return {
        name,
        needs:
          needs === null || index === undefined ? null : { dependency: index, fact: needs.fact },
        fallbackFor: compileFallbacks(document.dependencies[name]?.fallbacks ?? []),
      }
    }),
    slots,
    flags,
    calendars: Object.values(document.calendars).map(compileOpeningHours),
    rules,
    defaultRule: { id: DEFAULT_RULE_ID, when: () => TRUE, route: defaultRoute },
  }
}

/** Resolves names and remembers, in `slots` and `flags`, which facts and flags are read at all. */
function namesIn(catalog: Catalog, slots: Slot[], flags: ReadFlag[]): Names & RouteNames {
  const slotOf = new Map<string, number>()
  return {
    fact(reference) {
      const known = slotOf.get(reference)
      if (known !== undefined) return known
      const { dependency, name } = declared(catalog.fact(reference), reference)
      slotOf.set(reference, slots.length)
      return slots.push({ dependency, name }) - 1
    },
    flag(name) {
      const known = flags.findIndex((flag) => flag.name === name)
      if (known >= 0) return known
      return flags.push({ name, raisedBy: declared(catalog.flags.get(name), name) }) - 1
    },
    dependency: (name) => declared(catalog.dependencyIndex.get(name), name),
    calendar: (name) => declared(catalog.calendarIndex.get(name), name),
    target: (name) => declared(catalog.targets.get(name), name),
  }
}

function declared<T>(value: T | null | undefined, name: string): T {
  if (value === null || value === undefined) throw new Error(`'${name}' was not checked`)
  return value
}

function compileFallbacks(
  entries: PolicyDocument['dependencies'][string]['fallbacks'],
): Model['dependencies'][number]['fallbackFor'] {
  const choose = compileChoice(entries)
  const compiled = entries.map(
    ({ reason, facts, flags, sentence }): FallbackEntry => ({
      reason,
      facts,
      flags: [...new Set(flags)].toSorted(),
      sentence: compileSentence(sentence),
    }),
  )
  return (ending) => compiled[choose(ending)] ?? null
}
