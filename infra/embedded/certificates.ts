/** Certificates for TLS listeners of an embedded cluster, made by Java's own keytool. */
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

export interface Certificate {
  /** Broker properties that a listener shows it by; put the listener's prefix in front. */
  readonly properties: Readonly<Record<string, string>>
  /** For the file of authorities of a client: it vouches for itself. */
  readonly pem: string
}

const PASSWORD = 'changeit'
const ALIAS = ['-alias', 'broker']
const NAMES = ['-dname', 'CN=127.0.0.1', '-ext', 'san=ip:127.0.0.1']

/** A certificate of the loopback address; an expired one ended a day ago. All have the same name. */
export async function makeCertificate(
  folder: string,
  name: string,
  state: 'valid' | 'expired' = 'valid',
): Promise<Certificate> {
  const store = join(folder, `${name}.p12`)
  const pemFile = join(folder, `${name}.pem`)
  const keystore = ['-keystore', store, '-storepass', PASSWORD, ...ALIAS]
  const since = state === 'expired' ? ['-startdate', '-3d'] : []
  const keys = ['-keyalg', 'RSA', '-validity', '2', '-storetype', 'PKCS12', ...since]
  await run('keytool', ['-genkeypair', ...keys, ...NAMES, ...keystore])
  await run('keytool', ['-exportcert', '-rfc', '-file', pemFile, ...keystore])
  return {
    properties: {
      'ssl.keystore.location': store,
      'ssl.keystore.type': 'PKCS12',
      'ssl.keystore.password': PASSWORD,
    },
    pem: readFileSync(pemFile, 'utf8'),
  }
}
