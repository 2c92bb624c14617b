/** Reads dead letters, and puts them back where they came from. */
import { HEADER, requestKey, type RequestId } from '../domain/request.ts'
import type { Codec, LogClient, LogProducer, LogRecord, Places } from '../platform/ports.ts'
import type { DeadLetterTopic, TopicName } from '../topology.ts'
import { headerText, letterOf, letterTopicOf, placeOfName, type Letter } from './letter.ts'
import { type Decided, refusal } from './refusal.ts'

export interface LetterSource {
  readonly client: LogClient
  readonly codec: Codec
}

/** Calls back for every dead letter of the topics, in order within a partition. */
export async function readLetters(
  { client }: LetterSource,
  topics: readonly TopicName[],
  onLetter: (letter: Letter) => void,
): Promise<void> {
  const options = { topics: topics.map(letterTopicOf), from: 'start', until: 'end' } as const
  await client.reader.read(options, ({ records }) => {
    for (const record of records) onLetter(letterOf(record))
  })
}

/** The letter of a name; null when there is none. */
export async function letterNamed(source: LetterSource, name: string): Promise<Letter | null> {
  const place = placeOfName(name)
  if (place === null) return null
  const topic = letterTopicOf(place.topic)
  const ends = await source.client.offsets.ends(topic)
  if (place.offset >= (ends[place.partition] ?? 0)) return null
  // Only this one record: elsewhere the read begins where it ends.
  const at = (offset: number): Places =>
    new Map<DeadLetterTopic, readonly number[]>([
      [topic, ends.map((end, partition) => (partition === place.partition ? offset : end))],
    ])
  let found: Letter | null = null
  const options = {
    topics: [topic],
    from: { offsets: at(place.offset) },
    until: { offsets: at(place.offset + 1) },
  }
  await source.client.reader.read(options, ({ records }) => {
    const record = records.find((one) => one.offset === place.offset)
    if (record !== undefined) found = letterOf(record)
  })
  return found
}

export interface Judged {
  readonly letter: Letter
  /** Why it may not go back; null when it may. */
  readonly refused: string | null
  /** False: whoever reads it there will set it aside again. */
  readonly readable: boolean
}

/** Judges letters against the decisions that are stored. `nowMs` is asked for when all is read. */
export async function judge(
  source: LetterSource,
  letters: readonly Letter[],
  nowMs: () => number,
): Promise<readonly Judged[]> {
  const decided = await decisionsOf(source, letters)
  const judged = letters.map(async (letter): Promise<Judged> => {
    const readable = await isReadable(source.codec, letter)
    const identity = identityOf(source.codec, letter)
    const decision = decided(letter, identity)
    return { letter, refused: refusal(letter, nowMs(), decision, identity), readable }
  })
  return Promise.all(judged)
}

/** Appends the original bytes, key and headers to the original topic and partition. */
export async function putBack(producer: LogProducer, letter: Letter): Promise<number> {
  const { topic, partition, key, value, headers } = letter
  return (await producer.append({ topic, partition, key, value, headers })).offset
}

async function isReadable(codec: Codec, { topic, value, key }: Letter): Promise<boolean> {
  let decoded = codec.decode(topic, value)
  if (!decoded.ok && decoded.retry) {
    await codec.learn(decoded.schemaId)
    decoded = codec.decode(topic, value)
  }
  if (!decoded.ok) return false
  const callId = 'callId' in decoded.value ? decoded.value.callId : null
  return callId !== null && key !== null && Buffer.from(key).toString() === callId
}

/** What the router would call an arrival that is read again: value if it is its key's, else key and header. */
function identityOf(codec: Codec, { topic, value, key, headers }: Letter): RequestId | null {
  if (topic !== 'call.arrived') return null
  const decoded = codec.decode('call.arrived', value)
  if (key === null) return null
  const callId = Buffer.from(key).toString()
  if (decoded.ok && decoded.value.callId === callId) {
    return { callId, requestNo: decoded.value.requestNo }
  }
  const requestNo = Number(headerText(headers, HEADER.requestNo) ?? Number.NaN)
  if (!Number.isInteger(requestNo) || requestNo < 1) return null
  return { callId, requestNo }
}

/** Finds decisions of arrivals: by the arrival's place, or by the identity they would have. */
async function decisionsOf(
  { client, codec }: LetterSource,
  letters: readonly Letter[],
): Promise<(letter: Letter, identity: RequestId | null) => Decided> {
  const arrivals = letters.filter(({ topic }) => topic === 'call.arrived')
  const byPlace = new Map<string, RequestId>()
  const byName = new Map<string, RequestId>()
  if (arrivals.length > 0) {
    const places = new Set(arrivals.map(({ partition, offset }) => `${partition}/${offset}`))
    const timeMs = Math.min(...arrivals.map(({ storedAt }) => storedAt))
    const options = { topics: ['call.routed'], from: { timeMs }, until: 'end' } as const
    await client.reader.read(options, ({ records }) => {
      for (const record of records) {
        const found = decisionIn(codec, record)
        if (found === null) continue
        byName.set(requestKey(found.id), found.id)
        if (found.place !== null && places.has(found.place)) byPlace.set(found.place, found.id)
      }
    })
  }
  return ({ partition, offset }, identity) => {
    const as =
      byPlace.get(`${partition}/${offset}`) ??
      (identity === null ? undefined : byName.get(requestKey(identity)))
    return as === undefined ? { state: 'undecided' } : { state: 'decided', as }
  }
}

function decisionIn(
  codec: Codec,
  { value, headers }: LogRecord,
): { readonly id: RequestId; readonly place: string | null } | null {
  const decoded = codec.decode('call.routed', value)
  if (decoded.ok) {
    const { callId, requestNo, arrivalAt } = decoded.value
    return { id: { callId, requestNo }, place: `${arrivalAt.partition}/${arrivalAt.offset}` }
  }
  const callId = headerText(headers, HEADER.callId)
  const requestNo = Number(headerText(headers, HEADER.requestNo) ?? Number.NaN)
  if (callId === null || !Number.isInteger(requestNo)) return null
  return { id: { callId, requestNo }, place: null }
}
