/** Apicurio Registry as a local JVM. It keeps schemas in memory: they end with it. */
import { join } from 'node:path'
import { type Environment, type Jvm, startJvm } from './jvm.ts'
import { HOST } from './ports.ts'

export interface RegistrySettings {
  readonly java: string
  readonly jar: string
  readonly environment: Environment
  readonly port: number
  readonly logDir: string
  readonly heapMb: number
  readonly jvmFlags: readonly string[]
}

/** Where its Confluent-compatible API answers (design §8). */
export function registryUrlOf(port: number): string {
  return `http://${HOST}:${port}/apis/ccompat/v7`
}

export function startRegistry(settings: RegistrySettings): Jvm {
  return startJvm({
    name: 'registry',
    java: settings.java,
    environment: settings.environment,
    logFile: join(settings.logDir, 'registry.log'),
    args: [
      `-Xmx${settings.heapMb}m`,
      ...settings.jvmFlags,
      `-Dquarkus.http.host=${HOST}`,
      `-Dquarkus.http.port=${settings.port}`,
      '-Dquarkus.http.access-log.enabled=false',
      '-Dquarkus.log.level=WARN',
      '-Dquarkus.banner.enabled=false',
      '-jar',
      settings.jar,
    ],
  })
}

/** Whether it answers a question of the API that services use. */
export async function registryAnswers(url: string, timeoutMs: number): Promise<boolean> {
  const response = await fetch(`${url}/subjects`, { signal: AbortSignal.timeout(timeoutMs) })
  await response.body?.cancel()
  return response.ok
}
