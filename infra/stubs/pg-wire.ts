/**
 * Just enough of PostgreSQL's frontend protocol to tell one message from the next, and what a client asks
 * for: the first parameter of a Bind message.
 */

/** What a message is, by its first byte; what begins a session, and what comes before that, has none. */
export const MESSAGE = {
  begin: 0,
  bind: 0x42,
  flush: 0x48,
  query: 0x51,
  sync: 0x53,
  terminate: 0x58,
} as const

export interface Message {
  readonly type: number
  /** All of it, with type and length. */
  readonly bytes: Buffer
}

export interface MessageReader {
  /** Feeds bytes as they came from the client; gives the messages that are complete with them. */
  read(bytes: Buffer): readonly Message[]
}

const TYPE_AND_LENGTH = 5
const LENGTH = 4
/** A client that frames worse than this is given up on: nothing more is read from it. */
const MESSAGE_BYTES_MAX = 1_000_000
/** Codes of the requests that come before any start-up. */
const SSL = 80877103
const GSS = 80877104
const CANCEL = 80877102

export function createMessageReader(): MessageReader {
  let rest: Buffer = Buffer.alloc(0)
  let started = false
  let lost = false

  /** Steps over one message; null when it is not complete yet. */
  const next = (): Message | null => {
    const head = started ? 1 : 0
    if (rest.length < head + LENGTH) return null
    const length = head + rest.readInt32BE(head)
    if (length < head + LENGTH || length > MESSAGE_BYTES_MAX) {
      lost = true
      return null
    }
    if (rest.length < length) return null
    const type = started ? (rest[0] ?? MESSAGE.begin) : MESSAGE.begin
    const message = { type, bytes: rest.subarray(0, length) }
    rest = rest.subarray(length)
    started ||= codeBefore(message) === null
    return message
  }
  return {
    read(bytes) {
      if (lost) return []
      rest = rest.length === 0 ? bytes : Buffer.concat([rest, bytes])
      const found: Message[] = []
      for (let message = next(); message !== null; message = next()) found.push(message)
      return found
    },
  }
}

/** The code of a request that comes before the start-up; null for every other message. */
function codeBefore({ type, bytes }: Message): number | null {
  if (type !== MESSAGE.begin || bytes.length < 2 * LENGTH) return null
  const code = bytes.readInt32BE(LENGTH)
  return code === SSL || code === GSS || code === CANCEL ? code : null
}

/** What is said before a session begins: a wish for encryption, to be answered, or to cancel a query. */
export function saidBefore(message: Message): 'encrypt' | 'cancel' | null {
  const code = codeBefore(message)
  if (code === null) return null
  return code === CANCEL ? 'cancel' : 'encrypt'
}

/** The first parameter of a Bind message, as text; null when it has none, it is NULL or can't be read. */
export function firstParameter(bind: Message): string | null {
  try {
    return parameterIn(bind.bytes)
  } catch {
    return null
  }
}

function parameterIn(message: Buffer): string | null {
  const statementAt = textEnd(message, TYPE_AND_LENGTH) + 1
  const formatsAt = textEnd(message, statementAt) + 1
  const formats = message.readInt16BE(formatsAt)
  const countAt = formatsAt + 2 + formats * 2
  if (message.readInt16BE(countAt) < 1) return null
  const length = message.readInt32BE(countAt + 2)
  const valueAt = countAt + 2 + LENGTH
  return length < 0 ? null : message.toString('utf8', valueAt, valueAt + length)
}

function textEnd(message: Buffer, from: number): number {
  const end = message.indexOf(0, from)
  return end === -1 ? message.length : end
}
