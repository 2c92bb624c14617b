/** How far an export is: a bar that repaints itself on a terminal, a line each tenth elsewhere. */

export interface ProgressOutput {
  write(text: string): unknown
  readonly isTTY?: boolean
}

export interface Progress {
  at(name: string, done: number, total: number): void
  /** Gives the line back. */
  clear(): void
}

const BAR_COLUMNS = 30
const REST_OF_LINE = '\u001B[K'

export function barOf(name: string, done: number, total: number): string {
  const share = total === 0 ? 1 : done / total
  const filled = Math.round(share * BAR_COLUMNS)
  const bar = '█'.repeat(filled) + '░'.repeat(BAR_COLUMNS - filled)
  return `${name.padEnd(9)} ${bar} ${String(Math.floor(share * 100)).padStart(3)} %  ${done} of ${total} records`
}

export function createProgress(output: ProgressOutput): Progress {
  let painted = false
  const told = new Map<string, number>()
  return {
    at(name, done, total) {
      if (output.isTTY === true) {
        output.write(`\r${barOf(name, done, total)}${REST_OF_LINE}`)
        painted = true
        return
      }
      const tenth = total === 0 ? 10 : Math.floor((done / total) * 10)
      if (total === 0 || tenth === 0 || tenth <= (told.get(name) ?? 0)) return
      told.set(name, tenth)
      output.write(`${name}: ${tenth * 10} % of ${total} records\n`)
    },
    clear() {
      if (painted) output.write(`\r${REST_OF_LINE}`)
      painted = false
    },
  }
}
