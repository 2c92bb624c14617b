/**
 * Who speaks to whom through the proxy, and what the proxy does to it. Each role has a listener of its
 * own on every broker, which sends its clients through a link of their own; so one role can be cut off
 * from one broker while all others speak on. The registry has one link for all services.
 */
import type { Cluster, ClusterOptions } from '../../infra/embedded/cluster.ts'
import { startProxies, type Proxies } from '../../infra/proxy/process.ts'
import type { Proxy } from '../../infra/proxy/proxy.ts'
import { CrosspointError } from '../errors.ts'
import type { Link, Role, Trouble } from './scenario.ts'

type Settings = Readonly<Record<string, string>>

export interface Network extends AsyncDisposable {
  /** What the cluster must be started with. */
  readonly listeners: Required<Pick<ClusterOptions, 'listeners' | 'advertise'>>
  /** Puts the link to the registry in place, once the cluster runs. */
  connect(cluster: Cluster): Promise<void>
  /** KAFKA_BROKERS and SCHEMA_REGISTRY_URL as services of a role are told. */
  environmentOf(role: Role): Settings
  /** The same for whoever goes round the proxy. */
  direct(): Settings
  /** Resolves when it is in force. Throws XP_CHAOS_STUCK when there is no such link. */
  trouble(link: Link, trouble: Trouble): Promise<void>
  /** All links are as if there were no proxy. */
  heal(): Promise<void>
}

export const ROLES: readonly Role[] = [
  'router',
  'backup',
  'enricher crm',
  'enricher billing',
  'enricher scheduling',
  'enricher priority',
]

/** The listener that clients of a role come by. */
export const listenerOf = (role: Role): string => role.replace(' ', '_').toUpperCase()

const NO_TROUBLE: Trouble = { kind: 'none' }

interface BrokerLink {
  readonly listener: string
  readonly node: number
  readonly proxy: Proxy
}

/** The links that a scenario means. */
function meant(link: Link, brokerLinks: readonly BrokerLink[], registry: Proxy | null): Proxy[] {
  if (link.to === 'registry') return registry === null ? [] : [registry]
  const { from, node } = link
  return brokerLinks
    .filter((one) => from === 'services' || one.listener === listenerOf(from))
    .filter((one) => node === undefined || one.node === node)
    .map(({ proxy }) => proxy)
}

async function linkTo(proxies: Proxies, url: string, seed: number) {
  const { hostname, port } = new URL(url)
  const proxy = await proxies.createProxy({ targetHost: hostname, targetPort: Number(port), seed })
  const through = new URL(url)
  through.port = String(proxy.port)
  return { proxy, url: through.href }
}

/** Links are opened while the cluster starts; the seed is that of their jitter. */
export function openNetwork(seed: number): Network {
  const proxies = startProxies()
  let brokerLinks: BrokerLink[] = []
  let cluster: Cluster | null = null
  let registry: { readonly proxy: Proxy; readonly url: string } | null = null
  const direct = (): Settings => ({
    KAFKA_BROKERS: cluster?.brokers ?? '',
    SCHEMA_REGISTRY_URL: cluster?.registryUrl ?? '',
  })
  return {
    listeners: {
      listeners: ROLES.map(listenerOf),
      async advertise({ name, node, port }) {
        // A start that is tried anew asks again: the former link leads nowhere.
        const former = brokerLinks.find((one) => one.listener === name && one.node === node)
        brokerLinks = brokerLinks.filter((one) => one !== former)
        await former?.proxy.close()
        const proxy = await proxies.createProxy({ targetHost: '127.0.0.1', targetPort: port, seed })
        brokerLinks.push({ listener: name, node, proxy })
        return proxy.port
      },
    },
    async connect(given) {
      cluster = given
      registry = await linkTo(proxies, given.registryUrl, seed)
    },
    environmentOf: (role) => ({
      KAFKA_BROKERS: cluster?.bootstrap(listenerOf(role)) ?? '',
      SCHEMA_REGISTRY_URL: registry?.url ?? '',
    }),
    direct,
    async trouble(link, trouble) {
      const links = meant(link, brokerLinks, registry?.proxy ?? null)
      if (links.length === 0) {
        throw new CrosspointError('XP_CHAOS_STUCK', `there is no link ${JSON.stringify(link)}`)
      }
      await Promise.all(links.map((proxy) => proxy.trouble(trouble)))
    },
    async heal() {
      const links = [...brokerLinks, ...(registry === null ? [] : [registry])]
      await Promise.all(links.map(({ proxy }) => proxy.trouble(NO_TROUBLE)))
    },
    [Symbol.asyncDispose]: () => proxies.close(),
  }
}
