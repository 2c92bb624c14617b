/** What a scenario may do to brokers, to who may come in, to disks and topics; all of it is told to the truth. */
import type { Cluster } from '../../infra/embedded/cluster.ts'
import { CrosspointError } from '../errors.ts'
import { connectAdmin, type LogAdmin } from '../platform/kafka/admin.ts'
import { kafkaOptions } from '../platform/kafka-options.ts'
import type { Settings } from '../platform/settings.ts'
import type { LogTopic } from '../topology.ts'
import type { Ground } from './ground.ts'
import type { Role, Stage } from './scenario.ts'
import type { Site } from './sites/site.ts'
import type { Truth } from './truth.ts'

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

function accessOf({ kind, access }: Site, truth: Truth): Stage['access'] {
  const ours = () => {
    if (access !== null) return access
    throw new CrosspointError('XP_CHAOS_STUCK', `a ${kind} cluster keeps nobody out`)
  }
  return {
    async mayWrite(user, topic, may) {
      truth.did({ kind: 'right', target: user, detail: { topic, may } })
      await ours().mayWrite(user, topic, may)
    },
    async changePassword(user) {
      await ours().changePassword(user)
      truth.did({ kind: 'password', target: user, detail: { what: 'changed' } })
    },
    async certificate(what) {
      // An outage begins before the change, and ends after it.
      if (what === 'expired')
        truth.did({ kind: 'certificate', target: 'routers', detail: { what } })
      await ours().show(what)
      if (what === 'valid') truth.did({ kind: 'certificate', target: 'routers', detail: { what } })
    },
  }
}

/** How soon a broker must have noticed that nothing can be written. */
const FULL_WITHIN_MS = 10_000

function diskOf(ground: Ground, truth: Truth, until: Stage['until']): Stage['disk'] {
  const { site, cluster } = ground
  const ours = () => {
    if (site.disk !== null) return site.disk
    throw new CrosspointError('XP_CHAOS_STUCK', `the disks of a ${site.kind} cluster are large`)
  }
  return {
    async fill(node) {
      truth.did({ kind: 'broker', target: String(node), detail: { what: 'full' } })
      ours().fill(node)
      const hasEnded = (): boolean => cluster.pid(node) === undefined
      await until(`broker ${node} ends itself`, hasEnded, FULL_WITHIN_MS)
    },
    async free(node) {
      ours().free(node)
    },
  }
}

export function clusterOf(
  ground: Ground,
  settings: Settings,
  truth: Truth,
  until: Stage['until'],
): Pick<Stage, 'brokers' | 'access' | 'disk' | 'deleteTopic'> {
  return {
    brokers: brokersOf(ground.cluster, settings, truth),
    access: accessOf(ground.site, truth),
    disk: diskOf(ground, truth, until),
    async deleteTopic(topic) {
      truth.did({ kind: 'topic', target: topic, detail: { what: 'deleted' } })
      await asking(settings, (admin) => admin.deleteTopics([topic]))
    },
  }
}
