/** Watches a run: the ACD, the topics as they fill, and the lag of each program. */
import { startAcd } from '../../infra/acd/acd.ts'
import type { HeardDecision } from '../../infra/acd/desk.ts'
import { readRecords } from '../audit/read-records.ts'
import type { Delivered } from '../audit/verify/evidence.ts'
import { HEADER } from '../domain/request.ts'
import { lagIn, metricsOf } from '../local/processes.ts'
import { firstHeader } from '../platform/headers.ts'
import type { LogRecord } from '../platform/ports.ts'
import { createTally, type Tally } from './tally.ts'
import type { World } from './world.ts'

export interface Watch {
  readonly tally: Tally
  /** Decisions the ACD acted on, in that order. */
  readonly delivered: readonly Delivered[]
  /** Records not yet read, by program, as of the last look. */
  readonly lag: Readonly<Record<string, number>>
  /** Effective decisions that audit.decision holds. */
  audited(): number
  /** Looks at the lag of every program. */
  look(): Promise<void>
  stop(): Promise<void>
}

const text = new TextDecoder()

/** By key and header, which an unreadable arrival has too. */
function arrivedOf({ key, headers }: LogRecord) {
  const words = [key, firstHeader(headers, HEADER.requestNo)].map((bytes) =>
    bytes === null ? '' : text.decode(bytes),
  )
  return { kind: 'arrived', request: words.join(' ') } as const
}

/** Resolves once the ACD reads; `onDecision` is called for each decision it acts on. */
export async function startWatch(
  { client, codec, clock, programs }: World,
  dependencies: readonly string[],
  onDecision: (heard: HeardDecision) => void,
): Promise<Watch> {
  const tally = createTally(dependencies)
  const delivered: Delivered[] = []
  const audited = new Set<string>()
  const lag: Record<string, number> = {}
  const ending = new AbortController()

  const acd = startAcd({
    client,
    codec,
    clock,
    groupId: 'demo-acd',
    newGroupFrom: 'start',
    onDecision(heard) {
      const { decision, appendedAt } = heard
      const { callId, requestNo, decisionId } = decision
      delivered.push({ callId, requestNo, decisionId })
      tally.add({ kind: 'routed', decision, appendedAt }, clock.nowMs())
      onDecision(heard)
    },
  })
  await acd.ready
  const topics = [
    'call.arrived',
    'call.lookup',
    'audit.fallback',
    'audit.late',
    'audit.decision',
  ] as const
  const following = readRecords(
    { reader: client.reader, codec },
    { topics, from: 'start', until: 'never', signal: ending.signal },
    (read) => {
      const now = clock.nowMs()
      if (read.topic === 'call.arrived') tally.add(arrivedOf(read.record), now)
      if (read.value === null) return
      if (read.topic === 'call.lookup') tally.add({ kind: 'lookup', lookup: read.value }, now)
      else if (read.topic === 'audit.fallback') {
        tally.add({ kind: 'fallback', fallback: read.value }, now)
      } else if (read.topic === 'audit.late') tally.add({ kind: 'late', late: read.value }, now)
      else if (read.topic === 'audit.decision' && read.value.effective) {
        audited.add(read.value.decisionId)
      }
    },
  )
  following.catch(() => undefined)

  return {
    tally,
    delivered,
    lag,
    audited: () => audited.size,
    async look() {
      await Promise.all(
        programs.map(async (program) => {
          lag[program.name] = lagIn(await metricsOf(program))
        }),
      )
    },
    async stop() {
      ending.abort()
      await acd.stop()
      // A reader that was told to stop may say so with an error.
      await following.catch(() => undefined)
    },
  }
}
