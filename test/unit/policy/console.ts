/** Runs one command line as a person would, and catches what it prints. */
import { vi } from 'vitest'
import { run } from '../../../services/cli.ts'

export interface Printed {
  /** The exit code: what was thrown, or what the command left in process.exitCode. */
  readonly code: number
  readonly out: string
  readonly err: string
}

/** Runs `crosspoint` with arguments. Leaves stdout and process.exitCode as they were. */
export async function crosspoint(...args: string[]): Promise<Printed> {
  let out = ''
  let err = ''
  const write = vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    out += String(text)
    return true
  })
  const before = process.exitCode
  process.exitCode = undefined
  try {
    const terminal = {
      out: (text: string) => void (out += text),
      err: (text: string) => void (err += text),
    }
    const code = await run(args, terminal)
    const left = process.exitCode as number | undefined
    return { code: code === 0 ? (left ?? 0) : code, out, err }
  } finally {
    process.exitCode = before
    write.mockRestore()
  }
}
