/** F20: the wall clock of services is set by a minute, ahead and back. */
import { DEPENDENCIES } from '../../../infra/stubs/faults.ts'
import type { Role, Scenario, Stage } from '../scenario.ts'
import { harmedInside } from './inside.ts'
import { steady } from './load.ts'

const ROLES: readonly Role[] = ['router', ...DEPENDENCIES.map((name): Role => `enricher ${name}`)]
const STEPS = [60_000, -60_000, -60_000, 60_000]
/** Longer than a session: a member that forgets its heartbeats is put out. */
const APART_MS = 7500

async function step(stage: Stage, byMs: number): Promise<void> {
  stage.strike(`wall clock of all services: ${byMs / 1000} s`)
  const services = ROLES.flatMap((role) => stage.actors(role))
  await Promise.all(services.map((service) => service.signal('SIGUSR2')))
  await stage.wait(APART_MS)
}

const stepped: Scenario = {
  id: 'F20-clock-steps',
  row: 'F20',
  title: 'the wall clock of every service is set ahead a minute, back two, and right again',
  expected:
    'no call late, no membership lost: all times are of the brokers and of monotonic clocks',
  crew: { routers: 2, backups: 0, enrichers: 1 },
  load: steady(34_000),
  environment: harmedInside(
    ROLES,
    STEPS.map((byMs) => `step:${byMs}`),
  ),
  bounds: ['lagToZeroMs'],
  async play(stage) {
    for (const byMs of STEPS) await step(stage, byMs)
  },
}

export const scenarios: readonly Scenario[] = [stepped]
