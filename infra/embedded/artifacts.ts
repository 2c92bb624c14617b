/**
 * What the embedded cluster runs, fetched by Maven once and kept under the ignored `.crosspoint/`
 * folder. The folder's name is a hash of what decides its content, so a changed pom.xml fetches anew
 * and everything else needs no network and no Maven.
 */
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify, stripVTControlCharacters } from 'node:util'
import { CrosspointError } from '../../services/errors.ts'
import { type Environment, findMaven } from './jvm.ts'

const here = dirname(fileURLToPath(import.meta.url))

/** Everything this machine keeps for the project and git ignores. */
export const HOME = join(here, '..', '..', '.crosspoint')

const FETCH_TIMEOUT_MS = 20 * 60_000

export interface Artifacts {
  /** A Java class path with Kafka and its logging. */
  readonly kafkaClassPath: string
  readonly registryJar: string
}

/**
 * The jars, fetched first if they are not here yet. Throws XP_MAVEN_MISSING or XP_ARTIFACTS_FAILED with
 * what Maven said.
 */
export async function resolveArtifacts(
  environment: Environment,
  say: (line: string) => void,
): Promise<Artifacts> {
  const folder = await fetchJars(join(here, 'pom.xml'), environment, say)
  const registry = join(folder, 'registry')
  const runner = readdirSync(registry).find((file) => file.endsWith('-runner.jar'))
  if (runner === undefined) {
    throw new CrosspointError('XP_ARTIFACTS_FAILED', `There is no runner jar in ${registry}.`, {
      remedy: 'Remove the folder and start again.',
    })
  }
  return { kafkaClassPath: join(folder, 'kafka', '*'), registryJar: join(registry, runner) }
}

/**
 * The folder that a pom.xml fills, whose `package` writes under -Dembedded.home; fetched first if it is
 * not here yet. Throws as `resolveArtifacts`.
 */
export async function fetchJars(
  pom: string,
  environment: Environment,
  say: (line: string) => void,
): Promise<string> {
  const stamp = stampOf(pom)
  const folder = join(HOME, 'artifacts', stamp)
  if (!existsSync(folder)) await fetchInto(folder, pom, environment, say)
  return folder
}

/** Of the pom.xml and of the sources beside it, if it compiles any. */
function stampOf(pom: string): string {
  const sources = join(dirname(pom), 'src')
  const files = existsSync(sources)
    ? readdirSync(sources, { recursive: true, encoding: 'utf8' }).filter((file) =>
        file.endsWith('.java'),
      )
    : []
  const hash = createHash('sha256').update(readFileSync(pom))
  for (const file of files.toSorted()) hash.update(readFileSync(join(sources, file)))
  return hash.digest('hex').slice(0, 12)
}

async function fetchInto(
  folder: string,
  pom: string,
  environment: Environment,
  say: (line: string) => void,
): Promise<void> {
  const maven = findMaven(environment)
  const began = performance.now()
  say('Fetching what Java programs need with Maven (up to 150 MB), this once …')
  const partial = `${folder}.${process.pid}`
  mkdirSync(partial, { recursive: true })
  try {
    await runMaven(maven, pom, partial, environment)
    moveInto(partial, folder)
  } finally {
    rmSync(partial, { recursive: true, force: true })
  }
  say(`Fetched in ${((performance.now() - began) / 1000).toFixed(0)} s.`)
}

async function runMaven(
  maven: string,
  pom: string,
  partial: string,
  environment: Environment,
): Promise<void> {
  const args = ['-B', '-q', '-f', pom, `-Dembedded.home=${partial}`, 'package']
  const options = { env: { ...environment }, timeout: FETCH_TIMEOUT_MS, maxBuffer: 16 * 1024 ** 2 }
  try {
    await promisify(execFile)(maven, args, options)
  } catch (cause) {
    const said = cause instanceof Error && 'stdout' in cause ? String(cause.stdout) : String(cause)
    const lines = stripVTControlCharacters(said).trim().split('\n').slice(0, 8).join('\n')
    throw new CrosspointError('XP_ARTIFACTS_FAILED', `Maven failed:\n${lines}`, { cause })
  }
}

/** In one step, so that the folder is whole when it exists; another process may have been faster. */
function moveInto(partial: string, folder: string): void {
  try {
    renameSync(partial, folder)
  } catch (error) {
    if (!existsSync(folder)) throw error
  }
}
