/** What a scenario may do, done for real; every act is written to the ground-truth log. */
import { setTimeout as delay } from 'node:timers/promises'
import type { Cluster } from '../../infra/embedded/cluster.ts'
import { CrosspointError } from '../errors.ts'
import { connectAdmin, type LogAdmin } from '../platform/kafka/admin.ts'
import { kafkaOptions } from '../platform/kafka-options.ts'
import type { Settings } from '../platform/settings.ts'
import type { LogTopic } from '../topology.ts'
import { useCores } from './cores.ts'
import type { Ground } from './ground.ts'
import { createMeddler } from './meddle.ts'
import type { Role, Stage } from './scenario.ts'
import type { Truth } from './truth.ts'
import type { World } from './world.ts'

const POLL_MS = 50

/** Consumer groups by role, without the prefix. */
const groupOf = (role: Role): string =>
  role === 'backup' ? 'router-backup' : role.replace(' ', '-')

async function asking<T>(settings: Settings, ask: (admin: LogAdmin) => Promise<T>): Promise<T> {
  const admin = await connectAdmin(kafkaOptions(settings, 'chaos'))
  try {
    return await ask(admin)
  } finally {
    await admin.close()
  }
}

function brokersOf(cluster: Cluster, settings: Settings, truth: Truth): Stage['brokers'] {
  const did = (node: number, what: 'restarting' | 'back' | NodeJS.Signals): void =>
    truth.did({ kind: 'broker', target: String(node), detail: { what } })
  return {
    async kill(node, signal) {
      did(node, signal)
      await cluster.kill(node, signal)
    },
    async restart(node) {
      did(node, 'restarting')
      await cluster.restart(node)
      did(node, 'back')
    },
    leaderOf: (topic, partition) =>
      asking(settings, async (admin) => (await admin.leaders(topic as LogTopic))[partition] ?? -1),
    coordinatorOf: (role) => asking(settings, (admin) => admin.coordinator(groupOf(role))),
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
  return {
    windowMs: policy.windowMs,
    partitions: settings.CALL_PARTITIONS,
    nodes: cluster.nodes,
    wait,
    async until(what, isSo, withinMs) {
      const endMs = performance.now() + withinMs
      while (!(await isSo())) {
        if (performance.now() > endMs) {
          throw new CrosspointError('XP_CHAOS_STUCK', `in vain waited ${withinMs} ms: ${what}`)
        }
        await wait(POLL_MS)
      }
    },
    actors: (role) => crew.actors(role),
    start: (role, environment) => crew.start(role, environment),
    brokers: brokersOf(cluster, settings, truth),
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
