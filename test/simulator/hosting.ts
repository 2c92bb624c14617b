/** Whose process runs what: in some worlds the enrichers of all dependencies share theirs. Pure. */
import { DEPENDENCIES, type Dependency } from './dependencies.ts'
import type { Plan, Service } from './plan.ts'

type Hosting = Pick<Plan, 'together'>

const HOST: Service = 'enricher crm'

/** The service whose processes do the work of this one. */
export function hostOf({ together }: Hosting, service: Service): Service {
  return together && service.startsWith('enricher ') ? HOST : service
}

/** The dependencies that a process of this service asks; none: it is a router's. */
export function askedBy({ together }: Hosting, service: Service): readonly Dependency[] {
  if (together && service === HOST) return DEPENDENCIES
  return DEPENDENCIES.filter((dependency) => service === `enricher ${dependency}`)
}
