/** A measurement in a process of its own, for what must not share a heap with anything. */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { CrosspointError } from '../../../services/errors.ts'

const FOLDER = join(import.meta.dirname, '..')
const OUTPUT_BYTES_MAX = 16 * 1024 * 1024

/** Runs a script of this folder with Node; gives what it wrote to its standard output. */
export async function runScript(
  script: string,
  {
    flags = [],
    args = [],
  }: { readonly flags?: readonly string[]; readonly args?: readonly string[] },
): Promise<string> {
  try {
    const command = [...flags, join(FOLDER, script), ...args]
    const { stdout } = await promisify(execFile)(process.execPath, command, {
      maxBuffer: OUTPUT_BYTES_MAX,
    })
    return stdout
  } catch (error) {
    const { stderr = '', message } = error as Error & { stderr?: string }
    const why = stderr.trim() === '' ? message : stderr.trim()
    throw new CrosspointError('XP_PROGRAM_FAILED', `${script} failed:\n${why}`)
  }
}
