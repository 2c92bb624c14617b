/** Changes to the text of the example policy, as a hand that slips would make them. */

/** The text with two rules in each other's place. */
export function swapped(text: string, one: string, other: string): string {
  const { before, rules, after } = cut(text)
  const [first, second] = [one, other].map((id) => rules.findIndex((rule) => idOf(rule) === id))
  const moved = rules.map((rule, index) => {
    if (index === first) return rules[second ?? -1] ?? rule
    return index === second ? (rules[first ?? -1] ?? rule) : rule
  })
  return before + moved.join('') + after
}

/** The ids of the rules, from the top. */
export function ruleIds(text: string): string[] {
  return cut(text).rules.map(idOf)
}

/** One text for each fallback: without it. */
export function withoutEachFallback(
  text: string,
): { readonly reason: string; readonly text: string }[] {
  const entry = /^ {6}- when: .*\n(?: {8}.*\n)+/gmu
  return [...text.matchAll(entry)].map((match) => ({
    reason: /reason: (\w+)/u.exec(match[0])?.[1] ?? '',
    text: text.slice(0, match.index) + text.slice(match.index + match[0].length),
  }))
}

function cut(text: string) {
  const from = text.indexOf('\nrules:\n') + '\nrules:\n'.length
  const to = text.indexOf('\ndefault:')
  const rules = text.slice(from, to).split(/^(?= {2}- id: )/mu)
  // A comment stands above its rule: nothing hangs on where it goes.
  const [head = '', ...rest] = rules[0]?.startsWith('  - id') === true ? ['', ...rules] : rules
  const last = rest.map((rule) => (rule.endsWith('\n') ? rule : `${rule}\n`))
  return { before: text.slice(0, from) + head, rules: last, after: text.slice(to) }
}

const idOf = (rule: string): string => /- id: (\S+)/u.exec(rule)?.[1] ?? ''
