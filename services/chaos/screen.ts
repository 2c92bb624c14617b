/** Where a campaign speaks: one line that is written over on a terminal, plain lines anywhere else. */

export interface Output {
  write(text: string): unknown
  readonly isTTY?: boolean
  readonly columns?: number
}

export interface Screen {
  /** A line that stays. */
  say(line: string): void
  /** What is going on now: shown on a terminal, and elsewhere only when `isNews`. */
  now(line: string, isNews: boolean): void
}

const CLEAR = '\r\u001B[K'

export function createScreen(output: Output): Screen {
  const live = output.isTTY === true
  return {
    say: (line) => void output.write(`${live ? CLEAR : ''}${line}\n`),
    now(line, isNews) {
      if (live) output.write(`${CLEAR}${line.slice(0, (output.columns ?? 80) - 1)}`)
      else if (isNews) output.write(`${line}\n`)
    },
  }
}
