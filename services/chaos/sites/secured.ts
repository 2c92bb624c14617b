/**
 * A cluster that asks who one is: routers come over TLS, enrichers without, all by SCRAM, as users with
 * the rights that `crosspoint topics acls` prints and no others. The plain listener stays open to the
 * brokers, the switch, the ACD and the checker, which no fault of these is about.
 */
import { randomBytes } from 'node:crypto'
import { type Certificate, openAuthority } from '../../../infra/embedded/certificates.ts'
import type { Cluster } from '../../../infra/embedded/cluster.ts'
import type { Environment } from '../../../infra/embedded/jvm.ts'
import { scramProperties, setPassword } from '../../../infra/embedded/passwords.ts'
import { type AccessAdmin, connectAccess, type UserRight } from '../../platform/kafka/access.ts'
import { kafkaOptions } from '../../platform/kafka-options.ts'
import { parseSettings, type Settings } from '../../platform/settings.ts'
import { rights } from '../../platform/topics/rights.ts'
import type { TopicName } from '../../topology.ts'
import { listenerOf, ROLES } from '../network.ts'
import type { Role } from '../scenario.ts'
import type { Site } from './site.ts'

export type User = 'router' | 'enricher'

export interface Access {
  /** Takes the right to write a topic from a user, or gives it back. */
  mayWrite(user: User, topic: TopicName, may: boolean): Promise<void>
  /** Who starts from now on is told the new one. */
  changePassword(user: User): Promise<void>
  /** What brokers show to routers that connect from now on. */
  show(certificate: 'valid' | 'expired'): Promise<void>
}

const USERS: readonly User[] = ['router', 'enricher']
const userOf = (role: Role): User => (role.startsWith('enricher') ? 'enricher' : 'router')
/** Enrichers go without: encrypting everybody's polls would take a core that the brokers need. */
const overTls = (role: Role): boolean => userOf(role) === 'router'
const prefixOf = (role: Role): string => `listener.name.${listenerOf(role).toLowerCase()}.`

/** A router runs an auditor, whose rights its user needs too. */
function rightsOf(topicPrefix: string): readonly UserRight[] {
  return rights(topicPrefix).flatMap((right): UserRight[] => {
    if (right.role === 'router' || right.role === 'auditor') return [{ ...right, user: 'router' }]
    return right.role === 'enricher' ? [{ ...right, user: 'enricher' }] : []
  })
}

/** Every listener that shows a certificate, with the properties by which it does. */
const shown = ({ properties }: Certificate): Readonly<Record<string, string>> =>
  Object.fromEntries(
    ROLES.filter(overTls).flatMap((role) =>
      Object.entries(properties).map(([name, value]) => [prefixOf(role) + name, value]),
    ),
  )

function propertiesOf(certificate: Certificate): Readonly<Record<string, string>> {
  const guarded = ROLES.map(
    (role) => `${listenerOf(role)}:${overTls(role) ? 'SASL_SSL' : 'SASL_PLAINTEXT'}`,
  )
  return {
    'listener.security.protocol.map': [
      'PLAINTEXT:PLAINTEXT',
      'CONTROLLER:PLAINTEXT',
      ...guarded,
    ].join(','),
    'sasl.enabled.mechanisms': 'SCRAM-SHA-512',
    'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    'super.users': 'User:ANONYMOUS',
    ...Object.assign({}, ...ROLES.map((role) => scramProperties(listenerOf(role)))),
    ...shown(certificate),
  }
}

const newPassword = (): string => randomBytes(12).toString('base64url')

/** What brokers show one after the other, and who vouches for all of it. */
async function certificatesOf(folder: string) {
  const authority = await openAuthority(folder)
  const [first, expired, renewed] = await Promise.all([
    authority.issue('first'),
    authority.issue('expired', 'expired'),
    authority.issue('renewed'),
  ])
  return { first, expired, renewed, caFile: authority.file }
}

/** Makes the certificates; `folder` keeps them as long as the site is used. */
export async function securedSite(folder: string, environment: Environment): Promise<Site> {
  const { first, expired, renewed, caFile } = await certificatesOf(folder)
  const passwords = new Map(USERS.map((user) => [user, newPassword()]))
  let cluster: Cluster | null = null
  let admin: AccessAdmin | null = null
  let granted: readonly UserRight[] = []
  let isExpired = false

  const opened = (): { readonly cluster: Cluster; readonly admin: AccessAdmin } => {
    if (cluster === null || admin === null) throw new Error('the secured cluster does not run yet')
    return { cluster, admin }
  }
  const tellPassword = (user: User): Promise<void> =>
    setPassword({ brokers: opened().cluster.brokers, environment }, user, passwords.get(user) ?? '')
  const show = async (certificate: Certificate): Promise<void> => {
    for (const node of opened().cluster.nodes) {
      await opened().admin.configure(node, shown(certificate))
    }
  }
  const access: Access = {
    async mayWrite(user, topic, may) {
      const right = granted.find(
        (one) =>
          one.user === user && one.name.endsWith(`.${topic}`) && one.operations.includes('Write'),
      )
      if (right === undefined) throw new Error(`${user} never might write ${topic}`)
      const written = { ...right, operations: ['Write'] } as const
      await (may ? opened().admin.allow([written]) : opened().admin.withdraw(written))
    },
    async changePassword(user) {
      passwords.set(user, newPassword())
      await tellPassword(user)
    },
    async show(which) {
      isExpired = which === 'expired'
      await show(isExpired ? expired : renewed)
    },
  }
  return {
    kind: 'secured',
    options: { properties: propertiesOf(first) },
    access,
    disk: null,
    async open(given) {
      cluster = given
      const settings = parseSettings({ KAFKA_BROKERS: given.brokers, LOG_LEVEL: 'silent' })
      admin = await connectAccess(kafkaOptions(settings, 'chaos'))
      await Promise.all(USERS.map(tellPassword))
    },
    async enter({ TOPIC_PREFIX }: Settings) {
      granted = rightsOf(TOPIC_PREFIX)
      await opened().admin.allow(granted)
    },
    environmentOf: (role) => ({
      KAFKA_SASL_MECHANISM: 'scram-sha-512',
      KAFKA_SASL_USERNAME: userOf(role),
      KAFKA_SASL_PASSWORD: passwords.get(userOf(role)) ?? '',
      ...(overTls(role) ? { KAFKA_SSL: 'true', KAFKA_SSL_CA_FILE: caFile } : {}),
    }),
    async heal() {
      await opened().admin.allow(granted)
      if (isExpired) await access.show('valid')
    },
    async [Symbol.asyncDispose]() {
      await admin?.close()
    },
  }
}
