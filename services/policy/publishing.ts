/** Appends a policy to ops.policy and sees whether a router takes it up. */
import type { PolicyPublished } from '../../schemas/records.ts'
import type { Cancel } from '../platform/ports.ts'
import type { Tool } from '../platform/tool.ts'

/** So long a person waits to hear that a router has kept the text. */
const TAKEN_WITHIN_MS = 4000

export interface Appended {
  readonly at: { readonly offset: number; readonly appendedAt: number }
  /** A router has put it into audit.policy, as each does with what it accepts. */
  readonly taken: boolean
}

/** Rejects with a CrosspointError when it could not be appended. */
export async function append(
  { client, codec, clock }: Pick<Tool, 'client' | 'codec' | 'clock'>,
  record: PolicyPublished,
): Promise<Appended> {
  const value = codec.encode('ops.policy', record)
  const ends = await client.offsets.ends('audit.policy')
  const from = { offsets: new Map([['audit.policy', ends] as const]) }
  const producer = await client.producer('policy-publish')
  const enough = new AbortController()
  let giveUp: Cancel = () => undefined
  try {
    const key = record.policyVersion
    const ack = await producer.append({ topic: 'ops.policy', partition: 0, key, value })
    let taken = false
    const { signal } = enough
    const topics = ['audit.policy'] as const
    const reading = client.reader.read({ topics, from, until: 'never', signal }, (batch) => {
      for (const { value: bytes } of batch.records) {
        const read = codec.decode('audit.policy', bytes)
        taken ||= read.ok && isSame(read.value, record)
      }
      if (taken) enough.abort()
    })
    giveUp = clock.after(TAKEN_WITHIN_MS, () => enough.abort())
    await reading
    return { at: { offset: ack.offset, appendedAt: ack.appendedAt }, taken }
  } finally {
    giveUp()
    enough.abort()
    await producer.close(5000)
  }
}

const isSame = (one: PolicyPublished, other: PolicyPublished): boolean =>
  one.policyVersion === other.policyVersion && one.activeFrom === other.activeFrom
