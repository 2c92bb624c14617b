/** Names of a document resolved into the numbers of the model that was compiled from it. */
import type { Catalog } from './catalog.ts'
import type { Model } from './evaluate/decide.ts'
import type { Names } from './evaluate/predicate.ts'

/** To compile a part of a rule again and look at it alone; only names that the rules use resolve. */
export function namesOf(model: Model, catalog: Catalog): Names {
  return {
    fact(reference) {
      const fact = catalog.fact(reference)
      return model.slots.findIndex(
        ({ dependency, name }) => dependency === fact?.dependency && name === fact.name,
      )
    },
    flag: (name) => model.flags.findIndex((flag) => flag.name === name),
    dependency: (name) => catalog.dependencyIndex.get(name) ?? -1,
    calendar: (name) => catalog.calendarIndex.get(name) ?? -1,
  }
}
