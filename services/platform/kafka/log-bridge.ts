/** kafkajs' log in crosspoint's: one line a message and interval, and no payload. */
import kafkajs, { type logCreator } from 'kafkajs'
import type { Clock } from '../ports.ts'
import { codeOfWords } from './failure.ts'

/** What the client needs of a logger; pino's fits. */
export interface Logger {
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

const QUIET_MS = 5000
const KINDS_LIMIT = 200
/** Of what kafkajs adds to a line, only these are let through: others hold payloads and stacks. */
const FIELDS = ['broker', 'groupId', 'topic', 'partition', 'retryCount', 'error', 'reason']

/**
 * A killed broker makes kafkajs log one line for every request that waited. Here each message comes
 * once in five seconds, with the number that was held back. Its errors are warnings for us: what it
 * can't ride out comes as an exception or an event and is logged where it is dealt with.
 */
export function logBridge(logger: Logger, clock: Clock, purpose: string): logCreator {
  const kinds = new Map<string, { untilMs: number; heldBack: number }>()
  return () =>
    ({ namespace, level, log }) => {
      const nowMs = clock.nowMs()
      const kind = `${namespace}|${log.message.replaceAll(/\d+/gu, '#')}`
      const seen = kinds.get(kind)
      if (seen !== undefined && nowMs < seen.untilMs) {
        seen.heldBack += 1
        return
      }
      if (kinds.size >= KINDS_LIMIT) {
        kinds.clear()
      }
      kinds.set(kind, { untilMs: nowMs + QUIET_MS, heldBack: 0 })
      const kept = Object.fromEntries(
        FIELDS.filter((name) => ['string', 'number'].includes(typeof log[name])).map((name) => [
          name,
          log[name],
        ]),
      )
      const code = codeOfWords(`${log.message} ${String(log['error'] ?? '')}`)
      const told = code === undefined ? {} : { code }
      const fields = {
        ...told,
        client: purpose,
        part: namespace,
        heldBack: seen?.heldBack ?? 0,
        ...kept,
      }
      const line = `kafkajs: ${log.message}`
      if (level <= kafkajs.logLevel.WARN) {
        logger.warn(fields, line)
      } else {
        logger.debug(fields, line)
      }
    }
}
