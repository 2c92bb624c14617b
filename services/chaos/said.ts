/** What services say in their logs. Pure but for `saidIn`, which reads them. */
import { existsSync, readFileSync } from 'node:fs'
import type { ErrorCode } from '../errors.ts'
import type { TopicName } from '../topology.ts'

const TOLD: ReadonlySet<unknown> = new Set(['warn', 'error', 'fatal'])

export interface Said {
  readonly code: ErrorCode
  /** Named anywhere in the line, when given. */
  readonly topic?: TopicName | undefined
  /** Unix milliseconds; what was said before does not count. */
  readonly since: number
}

/** Whether a line of a log tells people a code, as a warning or worse. */
export function tells(line: string, { code, topic, since }: Said): boolean {
  if (!line.includes(code) || (topic !== undefined && !line.includes(topic))) return false
  try {
    const { level, time } = JSON.parse(line) as { readonly level?: string; readonly time?: string }
    return TOLD.has(level) && Date.parse(time ?? '') >= since
  } catch {
    // What a program says that refuses to start is for people, and no JSON.
    return true
  }
}

export const saidIn = (files: readonly string[], said: Said): boolean =>
  files.some(
    (file) =>
      existsSync(file) &&
      readFileSync(file, 'utf8')
        .split('\n')
        .some((line) => tells(line, said)),
  )
