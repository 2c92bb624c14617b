/** SCRAM users of an embedded cluster, by Kafka's own tool. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { startGently } from '../niceness.ts'
import { resolveArtifacts } from './artifacts.ts'
import { findJava } from './jvm.ts'
import type { Environment } from './jvm.ts'

const TIMEOUT_MS = 60_000
const QUIET = ['-Xmx128m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1']

/** What a broker needs to let users in by SCRAM on a listener of that name. */
export const scramProperties = (listener: string): Readonly<Record<string, string>> => ({
  [`listener.name.${listener.toLowerCase()}.scram-sha-512.sasl.jaas.config`]:
    'org.apache.kafka.common.security.scram.ScramLoginModule required;',
})

/** Gives a user a password, a new user too. `brokers`: a listener on which this process may do so. */
export async function setPassword(
  { brokers, environment }: { readonly brokers: string; readonly environment: Environment },
  user: string,
  password: string,
): Promise<void> {
  const java = await findJava(environment)
  const { kafkaClassPath } = await resolveArtifacts(environment, () => undefined)
  const tool = ['kafka.admin.ConfigCommand', '--bootstrap-server', brokers, '--alter']
  const change = ['--add-config', `SCRAM-SHA-512=[password=${password}]`]
  const whose = ['--entity-type', 'users', '--entity-name', user]
  const args = [...QUIET, '-cp', kafkaClassPath, ...tool, ...change, ...whose]
  const running = promisify(execFile)(java, args, { timeout: TIMEOUT_MS })
  // As if it ran elsewhere: the machine's cores belong to what is measured.
  if (running.child.pid !== undefined) startGently(running.child.pid)
  await running
}
