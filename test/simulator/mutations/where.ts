/** In which worlds a broken rule can matter, so that a hunt need not look at others. */
import type { Plan, PlannedFault } from '../plan.ts'

interface Wanted {
  readonly kind: PlannedFault['kind']
  /** A beginning of the service's name: `router`, `enricher`, `enricher billing`. */
  readonly service?: string
  readonly mode?: string
  readonly forMsMin?: number
}

/** Worlds in which one of these faults is planned. */
export function faulty(...wanted: readonly Wanted[]): (plan: Plan) => boolean {
  return ({ faults }) => wanted.some((one) => faults.some((fault) => fits(fault, one)))
}

export function either(
  ...conditions: readonly ((plan: Plan) => boolean)[]
): (plan: Plan) => boolean {
  return (plan) => conditions.some((holds) => holds(plan))
}

/** Worlds in which one of these faults strikes while another lasts, or just after. */
export function meeting(during: Wanted, ...strikes: readonly Wanted[]): (plan: Plan) => boolean {
  return ({ faults }) =>
    faults.some((outer) => {
      if (!fits(outer, during)) return false
      const until = endOf(outer)
      return faults.some((inner) => {
        const within = inner !== outer && outer.atMs <= inner.atMs && inner.atMs <= until
        return within && strikes.some((one) => fits(inner, one))
      })
    })
}

const endOf = (fault: PlannedFault): number =>
  fault.atMs + ('forMs' in fault ? fault.forMs : 'downMs' in fault ? fault.downMs : 0)

function fits(fault: PlannedFault, { kind, service, mode, forMsMin }: Wanted): boolean {
  if (fault.kind !== kind) return false
  if (service !== undefined && !('service' in fault && fault.service.startsWith(service))) {
    return false
  }
  if (mode !== undefined && !('mode' in fault && fault.mode === mode)) return false
  return forMsMin === undefined || ('forMs' in fault && fault.forMs >= forMsMin)
}

/** A decision is void when it comes half the horizon after it was made. */
export const VOIDING = faulty(
  { kind: 'freeze', service: 'router', forMsMin: 40_000 },
  { kind: 'broker', mode: 'stopped', forMsMin: 40_000 },
)
