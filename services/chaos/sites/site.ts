/** The cluster that scenarios are played on, and what can be done to it besides killing its nodes. */
import type { Cluster, ClusterOptions } from '../../../infra/embedded/cluster.ts'
import type { Settings } from '../../platform/settings.ts'
import type { Role } from '../scenario.ts'
import type { Access } from './secured.ts'
import type { Disk } from './small-disk.ts'

/**
 * `secured`: services log in as users with the rights that `topics acls` prints, routers over TLS.
 * `small disk`: each broker's data is on a small file system of its own.
 */
export type SiteKind = 'plain' | 'secured' | 'small disk'

export interface Site extends AsyncDisposable {
  readonly kind: SiteKind
  readonly options: Pick<ClusterOptions, 'properties' | 'dataDir'>
  /** Once the cluster runs. */
  open(cluster: Cluster): Promise<void>
  /** Once a deployment has its topics: its users get their rights. */
  enter(settings: Settings): Promise<void>
  /** What services of a role are told besides the addresses. */
  environmentOf(role: Role): Readonly<Record<string, string>>
  /** Everything is as it was. */
  heal(): Promise<void>
  /** Null where there is nobody to let in or keep out. */
  readonly access: Access | null
  /** Null where the disk is the machine's own. */
  readonly disk: Disk | null
}

/** This machine can't be brought to what a scenario needs; its run proves nothing. */
export class Unfit extends Error {}

export const plainSite = (): Site => ({
  kind: 'plain',
  options: {},
  open: async () => undefined,
  enter: async () => undefined,
  environmentOf: () => ({}),
  heal: async () => undefined,
  access: null,
  disk: null,
  [Symbol.asyncDispose]: async () => undefined,
})
