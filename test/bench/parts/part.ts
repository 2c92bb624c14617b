/** What every part of a run is given, and what it leaves. */
import type { BenchCluster } from '../cluster.ts'
import type { Contender } from '../contenders/contender.ts'
import { skeleton } from '../contenders/skeleton.ts'
import { withDeployment } from '../deployment.ts'
import { isService } from '../measure/roles.ts'
import type { BenchOptions } from '../options.ts'
import { stolenText } from '../page/across.ts'
import type { Measured, Parts } from '../results.ts'
import { undisturbed } from './undisturbed.ts'

export interface Bench {
  readonly options: BenchOptions
  readonly cluster: BenchCluster
  readonly say: (line: string) => void
  /** Does it; a failure is told and kept with the results, and null comes back: the rest goes on. */
  readonly attempt: <T>(what: string, work: () => Promise<T>) => Promise<T | null>
}

/** What a part leaves, without the head that its run writes. */
export type Left<Name extends keyof Parts> = Omit<NonNullable<Parts[Name]>, 'run'>

/** Measures, and hands over what it has after each step. */
export type Part<Name extends keyof Parts> = (
  bench: Bench,
  keep: (left: Left<Name>) => void,
) => Promise<void>

export const WARM_UP_RATE_PER_S = 278
/** A cold JVM and a cold compiler cost hundreds of milliseconds in the first seconds: these are told. */
const WARM_UP_MS = 8000
/** Nor are they done after that: in the first 10,000 calls or so there still are stops of 100 ms and more. */
const BRISK_CALLS = 15_000
const SLICES = 20

/** A broker that has just started compiles for a quarter of a minute; whoever came first would pay for it. */
export async function warmBroker({ cluster, say, attempt }: Bench): Promise<void> {
  say('Warming the broker')
  await attempt('warming the broker', () =>
    withDeployment(cluster, skeleton('own'), ({ measure }) =>
      measure({ ratePerS: 1000, durationMs: 15_000, slices: 1 }, 0),
    ),
  )
}

export interface Warm {
  readonly warmUp: Measured
  /** Measures again where the host took the cores away. */
  readonly at: (ratePerS: number, durationMs: number) => Promise<Measured>
  /** Once, whatever the host did. */
  readonly once: (ratePerS: number, durationMs: number) => Promise<Measured>
}

/** Deploys a contender, warms it up by the second, then hands it over. */
export function whenWarm<T>(
  { cluster, say }: Bench,
  contender: Contender,
  repetition: number,
  work: (warm: Warm) => Promise<T>,
  changes: Readonly<Record<string, string>> = {},
): Promise<T> {
  return withDeployment(
    cluster,
    contender,
    async ({ measure }) => {
      const warmUp = await measure(
        { ratePerS: WARM_UP_RATE_PER_S, durationMs: WARM_UP_MS, slices: WARM_UP_MS / 1000 },
        repetition,
      )
      const { briskPerS } = contender
      const briskMs = (BRISK_CALLS / briskPerS) * 1000
      await measure({ ratePerS: briskPerS, durationMs: briskMs, slices: 1 }, repetition)
      const once = async (ratePerS: number, durationMs: number): Promise<Measured> => {
        const measured = await measure({ ratePerS, durationMs, slices: SLICES }, repetition)
        say(lineOf(measured))
        return measured
      }
      const at = (ratePerS: number, durationMs: number): Promise<Measured> =>
        undisturbed(durationMs, () => once(ratePerS, durationMs))
      return work({ warmUp, at, once })
    },
    changes,
  )
}

function lineOf(measured: Measured): string {
  const { contender, ratePerS, stored, seen, broken, processes } = measured
  const cpuS = processes.reduce((sum, one) => sum + one.cpuS, 0)
  const largest = Math.max(...processes.filter(isService).map(({ residentMb }) => residentMb))
  const verdict = broken.length === 0 ? 'borne' : broken.join(', ')
  return (
    `  ${contender.padEnd(18)} ${String(ratePerS).padStart(5)}/s  stored p50 ${stored.p50} ` +
    `p99 ${stored.p99} max ${stored.max} ms  seen p99 ${seen.p99} ms  ` +
    `CPU ${cpuS.toFixed(1)} s  largest ${largest} MB  ` +
    `stolen ${stolenText([measured])}  ${verdict}`
  )
}
