/** Facts: what a dependency said, by name. In rules and on screens a name is `dependency.fact`. */
import type { FactValue } from '../../schemas/records.ts'

export type { FactValue } from '../../schemas/records.ts'

export type Facts = { readonly [name: string]: FactValue }

/** What may happen to a value once the call is over: kept in clear, kept as a keyed hash, or not kept. */
export type AuditClass = 'keep' | 'token' | 'drop'
