/**
 * Just enough of PostgreSQL's frontend protocol to see what a client asks for: the text parameters of
 * each Bind message. Everything else is only stepped over.
 */

export interface WireReader {
  /** Feeds bytes as they came from the client; gives the first parameter of each Bind in them. */
  read(bytes: Buffer): (string | null)[]
}

/** Type byte of a Bind message, 'B'. */
const BIND = 0x42
const TYPE_AND_LENGTH = 5
const LENGTH = 4
/** A client that frames worse than this is given up on: nothing more is read from it. */
const MESSAGE_BYTES_MAX = 1_000_000
/** Length and code of the requests that come before any start-up: SSL, GSS encryption, cancel. */
const PREAMBLES = new Set([80877103, 80877104, 80877102])

function textEnd(message: Buffer, from: number): number {
  const end = message.indexOf(0, from)
  return end === -1 ? message.length : end
}

/** The first parameter of a Bind message, as text; null when it has none or it is NULL. */
function firstParameter(message: Buffer): string | null {
  const statementAt = textEnd(message, TYPE_AND_LENGTH) + 1
  const formatsAt = textEnd(message, statementAt) + 1
  const formats = message.readInt16BE(formatsAt)
  const countAt = formatsAt + 2 + formats * 2
  if (message.readInt16BE(countAt) < 1) return null
  const length = message.readInt32BE(countAt + 2)
  const valueAt = countAt + 2 + LENGTH
  return length < 0 ? null : message.toString('utf8', valueAt, valueAt + length)
}

export function createWireReader(): WireReader {
  let rest = Buffer.alloc(0)
  let started = false
  let lost = false

  /** Steps over one message; null when it is not complete yet. */
  const next = (): Buffer | null => {
    const head = started ? 1 : 0
    if (rest.length < head + LENGTH) return null
    const length = head + rest.readInt32BE(head)
    if (length < head + LENGTH || length > MESSAGE_BYTES_MAX) {
      lost = true
      return null
    }
    if (rest.length < length) return null
    const message = rest.subarray(0, length)
    rest = rest.subarray(length)
    if (!started && !(length >= 8 && PREAMBLES.has(message.readInt32BE(LENGTH)))) {
      started = true
      return Buffer.alloc(1)
    }
    return message
  }

  return {
    read(bytes) {
      if (lost) return []
      rest = Buffer.concat([rest, bytes])
      const found: (string | null)[] = []
      for (let message = next(); message !== null; message = next()) {
        if (started && message[0] === BIND) found.push(safely(message))
      }
      return found
    },
  }
}

function safely(message: Buffer): string | null {
  try {
    return firstParameter(message)
  } catch {
    return null
  }
}
