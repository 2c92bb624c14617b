/** Certificates for TLS listeners of an embedded cluster, by an authority of its own, made by Java's keytool. */
import { execFile } from 'node:child_process'
import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'

export interface Certificate {
  /** Broker properties that a listener shows it by; put the listener's prefix in front. */
  readonly properties: Readonly<Record<string, string>>
}

export interface Authority {
  /** For KAFKA_SSL_CA_FILE. */
  readonly file: string
  /** A certificate of the loopback address and of the same key as all others; one that expired did so a day ago. */
  issue(name: string, state?: 'valid' | 'expired'): Promise<Certificate>
}

const PASSWORD = 'changeit'
const KEYS = ['-keyalg', 'RSA', '-storetype', 'PKCS12', '-validity', '2']
const SAN = ['-ext', 'san=ip:127.0.0.1']

const keytool = async (args: readonly string[]): Promise<unknown> =>
  promisify(execFile)('keytool', [...args])

/** Opens an authority; its files are in `folder`, for as long as brokers show what it issued. */
export async function openAuthority(folder: string): Promise<Authority> {
  const at = (name: string): string => join(folder, name)
  const of = (store: string, alias: string): string[] => [
    '-keystore',
    at(store),
    '-storepass',
    PASSWORD,
    '-alias',
    alias,
  ]
  const ours = of('authority.p12', 'authority')
  const theirs = of('keys.p12', 'broker')
  const named = (name: string): string[] => ['-genkeypair', ...KEYS, '-dname', `CN=${name}`]
  await Promise.all([
    keytool([...named('crosspoint'), '-ext', 'bc:c', ...ours]),
    keytool([...named('127.0.0.1'), ...theirs]),
  ])
  await Promise.all([
    keytool(['-exportcert', '-rfc', '-file', at('authority.pem'), ...ours]),
    keytool(['-certreq', '-file', at('broker.csr'), ...theirs]),
  ])
  const trusted = ['-importcert', '-noprompt', '-file', at('authority.pem')]
  await keytool([...trusted, ...of('keys.p12', 'authority')])
  return {
    file: at('authority.pem'),
    async issue(name, state = 'valid') {
      const [store, signed] = [`${name}.p12`, at(`${name}.crt`)]
      const since = state === 'expired' ? ['-startdate', '-3d'] : []
      const request = ['-infile', at('broker.csr'), '-outfile', signed, '-rfc']
      await keytool(['-gencert', ...request, '-validity', '2', ...since, ...SAN, ...ours])
      copyFileSync(at('keys.p12'), at(store))
      await keytool(['-importcert', '-file', signed, ...of(store, 'broker')])
      return {
        properties: {
          'ssl.keystore.location': at(store),
          'ssl.keystore.type': 'PKCS12',
          'ssl.keystore.password': PASSWORD,
        },
      }
    },
  }
}
