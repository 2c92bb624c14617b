/** Whose work a process does, by its name. Pure. */

export type Role = 'decider' | 'enricher' | 'broker' | 'load' | 'stubs'

/** The sending and hearing side of a run: this very process. */
export const LOAD = 'switch and ACD'

export function roleOf(name: string): Role {
  if (name === 'broker' || name === 'stubs') return name
  if (name === LOAD) return 'load'
  return name.startsWith('enricher-') ? 'enricher' : 'decider'
}

/** Of the deployment itself, without what stands around it. */
export const isService = ({ name }: { readonly name: string }): boolean =>
  ['decider', 'enricher'].includes(roleOf(name))
