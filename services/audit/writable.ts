/** Before the work begins: afterwards would be too late to hear of a wrong path. */
import { closeSync, openSync } from 'node:fs'
import { CrosspointError } from '../errors.ts'

/** Throws XP_USAGE when a file can't be written; makes it where it is missing. */
export function requireWritable(file: string): void {
  try {
    closeSync(openSync(file, 'a'))
  } catch (cause) {
    const { code } = cause as { code?: string }
    throw new CrosspointError('XP_USAGE', `${file} can not be written (${code})`, {
      cause,
      remedy: 'Name a file in a folder that is there and that you may write to.',
    })
  }
}
