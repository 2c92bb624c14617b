/** Texts with `{input}` places, filled with what of a call a dependency is asked with. */
import { type InputName, isInputName, type Question } from '../core/question.ts'

export interface Template {
  readonly inputs: readonly InputName[]
  /** `encode` makes a value safe for where it stands. */
  fill(question: Question, encode: (value: string) => string): string
}

export type ParsedTemplate =
  | { readonly ok: true; readonly template: Template }
  | { readonly ok: false; readonly unknown: string }

/** Parses a text; `{{` and `}}` stand for braces. Fails on a place that names no input. */
export function parseTemplate(text: string): ParsedTemplate {
  const parts: (string | { readonly input: InputName })[] = []
  const inputs: InputName[] = []
  let literal = ''
  for (const [piece] of text.matchAll(/\{\{|\}\}|\{[^{}]*\}|[^{}]+|[{}]/g)) {
    if (piece === '{{' || piece === '}}') literal += piece[0]
    else if (piece.startsWith('{')) {
      const name = piece.slice(1, -1)
      if (!isInputName(name)) return { ok: false, unknown: piece }
      parts.push(literal, { input: name })
      inputs.push(name)
      literal = ''
    } else literal += piece
  }
  parts.push(literal)
  return {
    ok: true,
    template: {
      inputs: [...new Set(inputs)],
      fill(question, encode) {
        let filled = ''
        for (const part of parts) {
          filled += typeof part === 'string' ? part : encode(question[part.input] ?? '')
        }
        return filled
      },
    },
  }
}
