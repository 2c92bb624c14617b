/** Rights and certificates of a cluster: what `crosspoint chaos` takes away and gives back. */
import kafkajs, { type AclEntry } from 'kafkajs'
import type { Right } from '../topics/rights.ts'
import { createKafka, type KafkaOptions } from './connection.ts'
import { coded } from './failure.ts'

const {
  AclOperationTypes,
  AclPermissionTypes,
  AclResourceTypes,
  ConfigResourceTypes,
  ResourcePatternTypes,
} = kafkajs

const OPERATIONS = {
  Read: AclOperationTypes.READ,
  Write: AclOperationTypes.WRITE,
  Describe: AclOperationTypes.DESCRIBE,
  DescribeConfigs: AclOperationTypes.DESCRIBE_CONFIGS,
} as const satisfies Record<Right['operations'][number], number>

/** A right of a user; the role of the right is not looked at. */
export interface UserRight extends Right {
  readonly user: string
}

export interface AccessAdmin {
  allow(rights: readonly UserRight[]): Promise<void>
  withdraw(right: UserRight): Promise<void>
  /** Sets dynamic properties of a broker; those set before that are not named are gone. */
  configure(node: number, properties: Readonly<Record<string, string>>): Promise<void>
  close(): Promise<void>
}

function entriesOf({ user, resource, name, pattern, operations }: UserRight): AclEntry[] {
  return operations.map((operation) => ({
    principal: `User:${user}`,
    host: '*',
    operation: OPERATIONS[operation],
    permissionType: AclPermissionTypes.ALLOW,
    resourceType: resource === 'topic' ? AclResourceTypes.TOPIC : AclResourceTypes.GROUP,
    resourceName: name,
    resourcePatternType:
      pattern === 'literal' ? ResourcePatternTypes.LITERAL : ResourcePatternTypes.PREFIXED,
  }))
}

/** Rejects with XP_BROKER_… when no broker lets us in. */
export async function connectAccess(options: KafkaOptions): Promise<AccessAdmin> {
  const admin = createKafka(options, 'access', { retries: 8 }).admin()
  await admin.connect().catch((error: unknown) => {
    throw coded(error, `connecting to ${options.brokers.join(', ')}`, 'XP_BROKER_UNREACHABLE')
  })
  return {
    async allow(rights) {
      await admin.createAcls({ acl: rights.flatMap(entriesOf) })
    },
    async withdraw(right) {
      await admin.deleteAcls({ filters: entriesOf(right) })
    },
    async configure(node, properties) {
      const configEntries = Object.entries(properties).map(([name, value]) => ({ name, value }))
      const resource = { type: ConfigResourceTypes.BROKER, name: String(node), configEntries }
      await admin.alterConfigs({ validateOnly: false, resources: [resource] })
    },
    close: () => admin.disconnect(),
  }
}
