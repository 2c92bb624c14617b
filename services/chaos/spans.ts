/** Arithmetic on stretches of time. Pure. */

export interface Span {
  readonly fromMs: number
  readonly toMs: number
}

/** Every moment that lies in one of them, as stretches in order that do not touch. */
export function union(spans: readonly Span[]): readonly Span[] {
  const merged: Span[] = []
  for (const span of spans.toSorted((a, b) => a.fromMs - b.fromMs)) {
    const last = merged.at(-1)
    if (last === undefined || span.fromMs > last.toMs) merged.push(span)
    else merged[merged.length - 1] = { ...last, toMs: Math.max(last.toMs, span.toMs) }
  }
  return merged
}

/** Every moment that lies in one of each. */
export function intersection(one: readonly Span[], other: readonly Span[]): readonly Span[] {
  const both = union(one).flatMap((a) =>
    union(other).map((b) => ({
      fromMs: Math.max(a.fromMs, b.fromMs),
      toMs: Math.min(a.toMs, b.toMs),
    })),
  )
  return union(both.filter(({ fromMs, toMs }) => fromMs <= toMs))
}
