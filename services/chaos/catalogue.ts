/** All scenarios, in the order of the fault table. */
import type { Scenario } from './scenario.ts'
import { scenarios as f01 } from './scenarios/f01-router-killed.ts'

export const CATALOGUE: readonly Scenario[] = [...f01]
