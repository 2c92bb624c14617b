/** All scenarios, in the order of the fault table. */
import type { Scenario } from './scenario.ts'
import { scenarios as f01 } from './scenarios/f01-router-killed.ts'
import { scenarios as f02 } from './scenarios/f02-zombie.ts'
import { scenarios as f03 } from './scenarios/f03-enricher-killed.ts'
import { scenarios as f04 } from './scenarios/f04-rolling.ts'
import { scenarios as f05 } from './scenarios/f05-all-routers-down.ts'
import { scenarios as f06 } from './scenarios/f06-leader-bounced.ts'
import { scenarios as f07 } from './scenarios/f07-broker-stopped.ts'
import { scenarios as f08 } from './scenarios/f08-coordinator-killed.ts'
import { scenarios as f09 } from './scenarios/f09-quorum-lost.ts'
import { scenarios as f10 } from './scenarios/f10-all-brokers-killed.ts'
import { scenarios as f11 } from './scenarios/f11-network.ts'
import { scenarios as f12 } from './scenarios/f12-dependency-slow.ts'
import { scenarios as f13 } from './scenarios/f13-bad-answers.ts'
import { scenarios as f14 } from './scenarios/f14-stale-data.ts'
import { scenarios as f15 } from './scenarios/f15-all-down.ts'
import { scenarios as f16 } from './scenarios/f16-database.ts'
import { scenarios as f17 } from './scenarios/f17-repeated.ts'
import { scenarios as f18 } from './scenarios/f18-poison.ts'
import { scenarios as f19 } from './scenarios/f19-registry.ts'
import { scenarios as f20 } from './scenarios/f20-clock-steps.ts'
import { scenarios as f21 } from './scenarios/f21-burst.ts'
import { scenarios as f22 } from './scenarios/f22-starved.ts'
import { scenarios as f23 } from './scenarios/f23-analyst.ts'
import { scenarios as keptOut } from './scenarios/f24-kept-out.ts'
import { scenarios as nowhereToWrite } from './scenarios/f24-nowhere-to-write.ts'

export const CATALOGUE: readonly Scenario[] = [
  ...f01,
  ...f02,
  ...f03,
  ...f04,
  ...f05,
  ...f06,
  ...f07,
  ...f08,
  ...f09,
  ...f10,
  ...f11,
  ...f12,
  ...f13,
  ...f14,
  ...f15,
  ...f16,
  ...f17,
  ...f18,
  ...f19,
  ...f20,
  ...f21,
  ...f22,
  ...f23,
  ...nowhereToWrite,
  ...keptOut,
]
