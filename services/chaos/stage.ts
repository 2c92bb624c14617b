/** What a scenario may do, done for real; every act is written to the ground-truth log. */
import { setTimeout as delay } from 'node:timers/promises'
import { CrosspointError } from '../errors.ts'
import { clusterOf } from './acts-on-cluster.ts'
import { useCores } from './cores.ts'
import type { Crew } from './crew.ts'
import type { Ground } from './ground.ts'
import { createMeddler } from './meddle.ts'
import { saidIn } from './said.ts'
import type { Stage } from './scenario.ts'
import type { Truth } from './truth.ts'
import type { World } from './world.ts'

const POLL_MS = 50

function servicesOf(
  crew: Crew,
  truth: Truth,
  until: Stage['until'],
): Pick<Stage, 'actors' | 'start' | 'refused' | 'says'> {
  return {
    actors: (role) => crew.actors(role),
    start: (role, environment) => crew.start(role, environment),
    async refused(role, code, topic) {
      // Of its own log: others of the role may say the same meanwhile.
      const log = await crew.refused(role)
      if (!saidIn([log], { code, topic, since: 0 })) {
        throw new CrosspointError('XP_CHAOS_STUCK', `a ${role} refused to run without ${code}`)
      }
      truth.did({ kind: 'says', target: role, detail: { code } })
    },
    async says(role, code, withinMs, topic) {
      const since = truth.lines.findLast(({ kind }) => kind === 'strike')?.at ?? 0
      const isSaid = (): boolean => saidIn(crew.logs(role), { code, topic, since })
      await until(`${role} says ${code}`, isSaid, withinMs)
      truth.did({ kind: 'says', target: role, detail: { code } })
    },
  }
}

/** Everything it does ends with `signal`. */
export function createStage(ground: Ground, world: World, signal: AbortSignal): Stage {
  const { cluster, network, systems } = ground
  const { settings, policy, crew, calls, truth } = world
  const wait = async (delayMs: number): Promise<void> => {
    await delay(delayMs, undefined, { signal })
  }
  const meddle = createMeddler({
    connection: world.connection,
    partitions: settings.CALL_PARTITIONS,
    raw: (record, isPoison) => calls.stage.raw(record, isPoison),
    wait,
  })
  const until: Stage['until'] = async (what, isSo, withinMs) => {
    const endMs = performance.now() + withinMs
    while (!(await isSo())) {
      if (performance.now() > endMs) {
        throw new CrosspointError('XP_CHAOS_STUCK', `in vain waited ${withinMs} ms: ${what}`)
      }
      await wait(POLL_MS)
    }
  }
  return {
    windowMs: policy.windowMs,
    partitions: settings.CALL_PARTITIONS,
    nodes: cluster.nodes,
    wait,
    until,
    ...servicesOf(crew, truth, until),
    ...clusterOf(ground, settings, truth, until),
    async trouble(link, trouble) {
      const from = 'node' in link ? `${link.from} ${link.node}` : link.from
      truth.did({ kind: 'network', target: `${from} → ${link.to}`, detail: { link, trouble } })
      await network.trouble(link, trouble)
    },
    async fault(dependency, fault) {
      truth.did({ kind: 'dependency', target: dependency, detail: fault })
      await systems.setFault(dependency, fault)
    },
    calls: calls.stage,
    async meddle(what, count) {
      truth.did({ kind: 'meddle', target: what, detail: { count } })
      await meddle(what, count)
    },
    async cores(count) {
      truth.did({ kind: 'cores', target: count, detail: {} })
      const brokers = cluster.nodes.flatMap((node) => cluster.pid(node) ?? [])
      const services = crew.members.filter((one) => one.running()).map(({ pid }) => pid)
      await useCores([...brokers, ...services], count)
    },
    async crosspoint(args) {
      truth.did({ kind: 'command', target: args[0] ?? '', detail: { args } })
      return world.crosspoint(args)
    },
    strike(what) {
      const { undecided } = calls.counts()
      truth.did({ kind: 'strike', target: what, detail: { undecided } })
    },
    measured(bound, value) {
      truth.did({ kind: 'measured', target: bound, detail: { value } })
    },
  }
}
