/** A list of scenarios in order, on ground that is shared for as long as it holds. */
import { openGround, type Ground, type GroundOptions } from './ground.ts'
import { heal, playScenario, type Progress, warmUp } from './play.ts'
import type { RunResult } from './result.ts'
import type { Scenario } from './scenario.ts'
import { type SiteKind, Unfit } from './sites/site.ts'

export interface CampaignEvents {
  began(scenario: Scenario, index: number): void
  progress(scenario: Scenario, progress: Progress): void
  ended(scenario: Scenario, result: RunResult): void
  /** This machine has not what it needs, which says nothing of crosspoint: it counts as INVALID. */
  unfit(scenario: Scenario, reason: string): void
  /** It could not even be run; the next one begins on new ground. */
  failed(scenario: Scenario, reason: string): void
}

export interface CampaignResult {
  readonly results: readonly RunResult[]
  /** Scenarios without a result, and why. */
  readonly failures: readonly { readonly id: string; readonly reason: string }[]
  /** Where the logs stay; null when they are gone. */
  readonly logs: string | null
}

/** New ground, with brokers that have seen calls. */
async function openWarm(options: GroundOptions, kind: SiteKind): Promise<Ground> {
  const ground = await openGround(options, kind)
  options.say('Kafka runs; warming it up with calls that nobody judges.')
  try {
    await warmUp(ground, options.signal)
  } catch (error) {
    await ground[Symbol.asyncDispose]()
    throw error
  }
  return ground
}

/** A failing scenario does not stop the others. Rejects only with the reason of `options.signal`. */
export async function runCampaign(
  scenarios: readonly Scenario[],
  options: GroundOptions & { readonly keepLogs: boolean },
  events: CampaignEvents,
): Promise<CampaignResult> {
  const { signal, keepLogs } = options
  const results: RunResult[] = []
  const failures: { id: string; reason: string }[] = []
  let ground: Ground | null = null
  let logs: string | null = null
  const leave = async (): Promise<void> => {
    const former = ground
    ground = null
    await former?.[Symbol.asyncDispose]()
  }
  try {
    for (const [index, scenario] of scenarios.entries()) {
      events.began(scenario, index)
      const { site: kind = 'plain' } = scenario
      try {
        if (ground?.site.kind !== kind) await leave()
        ground ??= await openWarm(options, kind)
        const result = await playScenario(ground, scenario, options, (progress) =>
          events.progress(scenario, progress),
        )
        if (keepLogs || result.verdict === 'FAIL') {
          ground.keepLogs()
          logs = ground.folder
        }
        results.push(result)
        events.ended(scenario, result)
        // A result stands, whatever becomes of the ground it was made on.
        await heal(ground).catch(leave)
      } catch (error) {
        signal.throwIfAborted()
        const reason = error instanceof Error ? error.message : String(error)
        failures.push({ id: scenario.id, reason })
        if (error instanceof Unfit) events.unfit(scenario, reason)
        else events.failed(scenario, reason)
        await leave()
      }
    }
  } finally {
    await leave()
  }
  return { results, failures, logs }
}
