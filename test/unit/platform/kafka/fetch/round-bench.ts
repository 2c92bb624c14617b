/** Requests that several readers share, over brokers that answer as they are told. */
import { naming } from '../../../../../services/platform/kafka/connection.ts'
import type {
  PartitionAnswer,
  Wanted,
} from '../../../../../services/platform/kafka/fetch/format.ts'
import type { RoundReader } from '../../../../../services/platform/kafka/fetch/participant.ts'
import { createFetchRounds } from '../../../../../services/platform/kafka/fetch/rounds.ts'
import { emptyBatch } from './batches.ts'

export const TOPIC = 'dev.call.lookup'
export const BROKER = '1'

export const at = (offsets: Readonly<Record<number, number>>): Wanted =>
  new Map([[TOPIC, new Map(Object.entries(offsets).map(([key, offset]) => [Number(key), offset]))]])

/** Of a partition whose log has these offsets, and what is said of it. */
export const told = (partition: number, from: number, to: number, end = to): PartitionAnswer => ({
  topic: TOPIC,
  partition,
  errorCode: 0,
  end,
  aborted: [],
  bytes: emptyBatch(from, to),
})

type Asked = readonly [nodeId: string, wanted: Wanted, maxWaitMs: number]

export function createBench() {
  const asked: Asked[] = []
  const hurried: string[] = []
  const pace = {
    waitMs: () => 0,
    began: () => undefined,
    hurry: (nodeId: string) => void hurried.push(nodeId),
  }
  /** How long patient requests wait. */
  const patience = { waitMs: 0 }
  const patientPace = { ...pace, waitMs: () => patience.waitMs }
  const { prompt: rounds, patient } = createFetchRounds(
    { prompt: pace, patient: patientPace },
    naming('dev.'),
  )
  /** A reader that wants this of every broker, and what its connection gives. */
  const reader = (
    wanted: (nodeId: string) => Wanted,
    answers: (wanted: Wanted, nodeId: string) => Promise<readonly PartitionAnswer[]>,
  ) => {
    const read: string[] = []
    const one: RoundReader = {
      wanted,
      waitMs: () => 250,
      ask(nodeId, all, { maxWaitMs }) {
        asked.push([nodeId, all, maxWaitMs])
        return answers(all, nodeId)
      },
      read: ({ topic, partition, nextOffset }, from) =>
        void read.push(`${topic} ${partition}: ${from} to ${nextOffset}`),
      outOfRange: (_, partition, from) => void read.push(`${partition} has no ${from}`),
    }
    const take = (nodeId = BROKER) => rounds.takePart(nodeId, one).outcome
    const takePatiently = () => patient.takePart(BROKER, one).outcome
    return { reader: one, read, take, takePatiently }
  }
  return { asked, hurried, rounds, patient, patience, reader }
}

export const never = () => new Promise<never>(() => undefined)
export const gives =
  (...answers: PartitionAnswer[]) =>
  () =>
    Promise.resolve(answers)
