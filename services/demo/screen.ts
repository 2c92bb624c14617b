/** Where the demo speaks: a board that repaints itself on a terminal, plain lines anywhere else. */
import { boardLines, currentMoment, paint, plainLine, type BoardState } from './board.ts'
import type { Sentence } from './tally.ts'
import { phaseText } from './timeline.ts'

/** A terminal or a pipe, as `process.stdout` is. */
export interface Output {
  write(text: string): unknown
  readonly isTTY?: boolean
  readonly columns?: number
  readonly rows?: number
}

export interface Screen {
  /** A line that stays. */
  say(line: string): void
  draw(state: BoardState): void
  /** Gives the terminal back as it was. */
  leave(): void
}

const ESCAPE = '\u001B['
const ENTER_BOARD = `${ESCAPE}?1049h${ESCAPE}?25l${ESCAPE}H${ESCAPE}2J`
const LEAVE_BOARD = `${ESCAPE}?25h${ESCAPE}?1049l`
const HOME = `${ESCAPE}H`
const REST_OF_LINE = `${ESCAPE}K`
const REST_OF_SCREEN = `${ESCAPE}J`
const PLAIN_SENTENCES = 2

function createLiveScreen(output: Output): Screen {
  let entered = false
  return {
    say(line) {
      if (!entered) output.write(`${line}\n`)
    },
    draw(state) {
      if (!entered) output.write(ENTER_BOARD)
      entered = true
      const size = { columns: output.columns ?? 80, rows: output.rows ?? 24 }
      const lines = boardLines(state, size).map((line) => `${paint(line)}${REST_OF_LINE}`)
      output.write(`${HOME}${lines.join('\r\n')}${REST_OF_SCREEN}`)
    },
    leave() {
      if (entered) output.write(LEAVE_BOARD)
      entered = false
    },
  }
}

function createPlainScreen(output: Output): Screen {
  let phaseId: string | null = null
  let told = new Set<Sentence>()
  const say = (line: string): void => void output.write(`${line}\n`)
  return {
    say,
    draw(state) {
      const moment = currentMoment(state)
      if (moment !== undefined && moment.phase.id !== phaseId) {
        phaseId = moment.phase.id
        say(`\n${phaseId}: ${phaseText(moment.phase)}`)
      }
      say(plainLine(state))
      const { sentences } = state.view
      const fresh = sentences.filter((one) => !told.has(one))
      for (const { text } of fresh.slice(0, PLAIN_SENTENCES)) say(`         ${text}`)
      told = new Set(sentences)
    },
    leave() {},
  }
}

export function createScreen(output: Output): Screen {
  return output.isTTY === true ? createLiveScreen(output) : createPlainScreen(output)
}
