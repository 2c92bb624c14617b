/** Who may do what on the brokers, from the topic table: for `topics acls`. Pure. */
import { TOPIC_NAMES, TOPICS, type LogTopic, type Role, type TopicName } from '../../topology.ts'

export interface Right {
  readonly role: Role
  readonly resource: 'topic' | 'group'
  /** A physical name; groups are by prefix. */
  readonly name: string
  readonly pattern: 'literal' | 'prefixed'
  readonly operations: readonly ('Read' | 'Write' | 'Describe' | 'DescribeConfigs')[]
}

const GROUPS: { readonly [R in Role]?: string } = {
  acd: 'acd',
  desktop: 'desktop',
  analyst: 'analyst',
  enricher: 'enricher',
  router: 'router',
  auditor: 'auditor',
}

/** What `audit verify` reads. */
const VERIFIED: readonly TopicName[] = [
  'call.arrived',
  'call.lookup',
  'call.routed',
  'audit.decision',
  'audit.fallback',
  'audit.late',
  'audit.policy',
  'ops.policy',
]

/** The rights each role needs and no more, by role. */
export function rights(topicPrefix: string): readonly Right[] {
  const found: Right[] = []
  const topic = (role: Role, name: LogTopic, operation: 'Read' | 'Write'): void => {
    found.push({
      role,
      resource: 'topic',
      name: topicPrefix + name,
      pattern: 'literal',
      operations: [operation, 'Describe', 'DescribeConfigs'],
    })
  }
  for (const name of TOPIC_NAMES) {
    const { writers, readers, deadLettersBy } = TOPICS[name]
    for (const role of writers) topic(role, name, 'Write')
    for (const role of readers) topic(role, name, 'Read')
    if (deadLettersBy !== undefined) {
      topic(deadLettersBy, `${name}.dlt`, 'Write')
      topic('operator', `${name}.dlt`, 'Read')
      topic('compliance', `${name}.dlt`, 'Read')
      // `dlt redrive` puts them back.
      topic('operator', name, 'Write')
    }
  }
  // ... after it saw what was decided.
  topic('operator', 'call.routed', 'Read')
  for (const name of VERIFIED) topic('compliance', name, 'Read')
  for (const [role, group] of Object.entries(GROUPS)) {
    found.push({
      role: role as Role,
      resource: 'group',
      name: topicPrefix + group,
      pattern: 'prefixed',
      operations: ['Read', 'Describe'],
    })
  }
  return found.toSorted((a, b) => a.role.localeCompare(b.role) || a.name.localeCompare(b.name))
}

/** As arguments of Kafka's own kafka-acls.sh, one line a right; the role is the user's name. */
export function asAclCommand({ role, resource, name, pattern, operations }: Right): string {
  const allowed = operations.map((operation) => `--operation ${operation}`).join(' ')
  return `kafka-acls.sh --add --allow-principal User:${role} --${resource} ${name} --resource-pattern-type ${pattern} ${allowed}`
}
