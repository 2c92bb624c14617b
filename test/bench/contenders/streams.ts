/** The yardstick: a Kafka Streams program in the router's place, with the same enrichers around it. */
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fetchJars } from '../../../infra/embedded/artifacts.ts'
import { findJava } from '../../../infra/embedded/jvm.ts'
import { startEnrichers } from './crosspoint.ts'
import { type Contender, startPlain, watched } from './contender.ts'

type Guarantee = 'at_least_once' | 'exactly_once_v2'

const POM = join(import.meta.dirname, '..', 'kafka-streams', 'pom.xml')
const HEAP_MB = 512

export const streams = (guarantee: Guarantee): Contender => ({
  name: guarantee === 'at_least_once' ? 'streams' : 'streams-eos',
  title: `Kafka Streams, ${guarantee}, lookups answered inside the enrichers`,
  async start(ground) {
    const { environment, folder } = ground
    const java = await findJava(environment)
    const home = await fetchJars(POM, environment, (line) => void process.stderr.write(`${line}\n`))
    const stateDir = join(folder, 'streams')
    mkdirSync(stateDir, { recursive: true })
    const classPath = `${join(home, 'kafka-streams-twin-1.jar')}:${join(home, 'lib', '*')}`
    const flags = [
      `-Xmx${HEAP_MB}m`,
      '-XX:+UseG1GC',
      '-XX:MaxGCPauseMillis=20',
      `-Xlog:gc:file=${join(folder, 'gc.log')}`,
      '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn',
    ]
    const [enrichers, twin] = await Promise.all([
      startEnrichers(ground, 'instant'),
      startPlain(ground, 'twin', java, [...flags, '-cp', classPath, 'crosspoint.twin.Main'], {
        GUARANTEE: guarantee,
        STATE_DIR: stateDir,
      }),
    ])
    return {
      processes: [watched(twin), ...enrichers.processes],
      programs: enrichers.programs,
      stop: async () => {
        await twin.stop()
        await enrichers.stop()
      },
    }
  },
})

/** Garbage collection pauses of a run's JVM, from its log; null when there is none. */
export function jvmPausesMs(folder: string): readonly number[] | null {
  const file = join(folder, 'gc.log')
  if (!existsSync(file)) return null
  const pauses = readFileSync(file, 'utf8').matchAll(/Pause .* (\d+\.\d+)ms$/gmu)
  return [...pauses].map(([, ms]) => Number(ms))
}
