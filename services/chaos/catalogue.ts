/** All scenarios, in the order of the fault table. */
import type { Scenario } from './scenario.ts'
import { scenarios as f01 } from './scenarios/f01-router-killed.ts'
import { scenarios as f02 } from './scenarios/f02-zombie.ts'
import { scenarios as f03 } from './scenarios/f03-enricher-killed.ts'
import { scenarios as f04 } from './scenarios/f04-rolling.ts'
import { scenarios as f05 } from './scenarios/f05-all-routers-down.ts'
import { scenarios as f11 } from './scenarios/f11-network.ts'
import { scenarios as f12 } from './scenarios/f12-dependency-slow.ts'
import { scenarios as f13 } from './scenarios/f13-bad-answers.ts'
import { scenarios as f14 } from './scenarios/f14-stale-data.ts'
import { scenarios as f15 } from './scenarios/f15-all-down.ts'
import { scenarios as f16 } from './scenarios/f16-database.ts'
import { scenarios as f19 } from './scenarios/f19-registry.ts'

export const CATALOGUE: readonly Scenario[] = [
  ...f01,
  ...f02,
  ...f03,
  ...f04,
  ...f05,
  ...f11,
  ...f12,
  ...f13,
  ...f14,
  ...f15,
  ...f16,
  ...f19,
]
