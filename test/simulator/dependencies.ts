/** The systems of record of a simulated world, as the example policy names them. */
export const DEPENDENCIES = ['crm', 'billing', 'scheduling', 'priority'] as const
export type Dependency = (typeof DEPENDENCIES)[number]
