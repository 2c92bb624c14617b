/** What processes take of the machine, from /proc: CPU seconds and resident memory. */
import { readFileSync } from 'node:fs'

export interface Watched {
  readonly name: string
  readonly pid: number
}

export interface Taken {
  readonly name: string
  /** User and system time between start and end of the watch. */
  readonly cpuS: number
  /** Largest resident set seen, MB. */
  readonly residentMb: number
}

/** Linux gives CPU time in hundredths of a second. */
const TICKS_PER_S = 100
const LOOK_EVERY_MS = 500

/** Looks at the processes until it is asked; a process that ended keeps what was seen last. */
export function watchProcesses(processes: readonly Watched[]): () => readonly Taken[] {
  const seen = processes.map((process) => {
    const before = cpuOf(process.pid)
    return { ...process, before, cpuS: before, residentMb: 0 }
  })
  const look = (): void => {
    for (const one of seen) {
      one.cpuS = Math.max(one.cpuS, cpuOf(one.pid))
      one.residentMb = Math.max(one.residentMb, residentOf(one.pid))
    }
  }
  look()
  const timer = setInterval(look, LOOK_EVERY_MS)
  return () => {
    clearInterval(timer)
    look()
    return seen.map(({ name, before, cpuS, residentMb }) => ({
      name,
      cpuS: Math.round((cpuS - before) * 100) / 100,
      residentMb: Math.round(residentMb),
    }))
  }
}

function cpuOf(pid: number): number {
  // The name, in brackets, may hold blanks; user and system time are the 12th and 13th field after it.
  const fields = read(`/proc/${pid}/stat`).split(') ').at(-1)?.split(' ') ?? []
  return (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) / TICKS_PER_S
}

function residentOf(pid: number): number {
  const kilobytes = /^VmRSS:\s+(\d+)/mu.exec(read(`/proc/${pid}/status`))?.[1] ?? '0'
  return Number(kilobytes) / 1024
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
