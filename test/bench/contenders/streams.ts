/** The yardstick: a Kafka Streams program in the router's place, with the same enrichers around it. */
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fetchJars } from '../../../infra/embedded/artifacts.ts'
import { COMPILE_LAST, findJava } from '../../../infra/embedded/jvm.ts'
import { startEnrichers } from './crosspoint.ts'
import { jvmPauses } from '../measure/pauses.ts'
import { type Contender, startPlain, watched } from './contender.ts'

type Guarantee = 'at_least_once' | 'exactly_once_v2'

const POM = join(import.meta.dirname, '..', 'kafka-streams', 'pom.xml')
/** So much at most, and a quarter of it at first. */
export const heapOf = (mostMb: number): readonly string[] => [
  `-Xms${mostMb / 4}m`,
  `-Xmx${mostMb}m`,
]
/** What its tuning found. */
const HEAP = heapOf(256)
const COLLECTOR = ['-XX:+UseG1GC', '-XX:MaxGCPauseMillis=20']

/** What the twin is run with instead of its usual settings, one at a time, when it is tuned. */
export interface Tuned {
  /** THREADS, COMMIT_MS, POLL_MS, LINGER_MS. */
  readonly environment?: Readonly<Record<string, string>>
  /** Instead of what is written above. */
  readonly heap?: readonly string[]
  /** Instead of G1 with short pauses. */
  readonly collector?: readonly string[]
}

export const streams = (guarantee: Guarantee, tuned: Tuned = {}): Contender => ({
  name: guarantee === 'at_least_once' ? 'streams' : 'streams-eos',
  title: `Kafka Streams, ${guarantee}, lookups answered inside the enrichers`,
  briskPerS: 1000,
  async start(ground) {
    const { environment, folder } = ground
    const java = await findJava(environment)
    const home = await fetchJars(POM, environment, (line) => void process.stderr.write(`${line}\n`))
    const stateDir = join(folder, 'streams')
    mkdirSync(stateDir, { recursive: true })
    const gcLog = join(folder, 'gc.log')
    const classPath = `${join(home, 'kafka-streams-twin-1.jar')}:${join(home, 'lib', '*')}`
    const flags = [
      ...(tuned.heap ?? HEAP),
      ...(tuned.collector ?? COLLECTOR),
      ...COMPILE_LAST,
      `-Xlog:gc:file=${gcLog}`,
      '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn',
    ]
    const [enrichers, twin] = await Promise.all([
      startEnrichers(ground),
      startPlain(ground, 'twin', java, [...flags, '-cp', classPath, 'crosspoint.twin.Main'], {
        GUARANTEE: guarantee,
        STATE_DIR: stateDir,
        ...tuned.environment,
      }),
    ])
    return {
      processes: [watched(twin), ...enrichers.processes],
      programs: enrichers.programs,
      groups: [{ group: 'twin', topic: 'call.arrived' }, ...enrichers.groups],
      watchPauses: () => {
        const before = pausesMsIn(gcLog).length
        return () => ({ twin: jvmPauses(pausesMsIn(gcLog).slice(before)) })
      },
      stop: async () => {
        await twin.stop()
        await enrichers.stop()
      },
    }
  },
})

/** Pauses that a JVM's log of its collections tells, so far. */
function pausesMsIn(file: string): readonly number[] {
  if (!existsSync(file)) return []
  const pauses = readFileSync(file, 'utf8').matchAll(/Pause .* (\d+\.\d+)ms$/gmu)
  return [...pauses].map(([, ms]) => Number(ms))
}
