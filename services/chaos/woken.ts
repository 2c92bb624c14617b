/** What a router says that slept and was woken (F2). Pure. */
import type { CallRouted } from '../../schemas/records.ts'
import type { Readable } from '../audit/verify/requests.ts'
import type { TruthLine } from './truth.ts'

/**
 * Of the decisions that count, those that a stopped router appended after it was woken, of calls that it
 * held when it fell asleep; null when none slept.
 */
export function wokenCount(
  effective: Iterable<Readable<CallRouted>>,
  truth: readonly TruthLine[],
): number | null {
  const sleeps = truth.flatMap((line) => {
    if (line.kind !== 'service' || line.detail.what !== 'SIGSTOP') return []
    const { at, target: name } = line
    const woken = truth.find(
      (one) =>
        one.at >= at &&
        one.kind === 'service' &&
        one.target === name &&
        one.detail.what === 'SIGCONT',
    )
    return woken === undefined ? [] : [{ name, fromMs: at, toMs: woken.at }]
  })
  if (sleeps.length === 0) return null
  return [...effective].filter(({ appendedAt, value: { routerId, arrivedAt } }) =>
    sleeps.some(
      ({ name, fromMs, toMs }) => routerId === name && arrivedAt <= fromMs && appendedAt > toMs,
    ),
  ).length
}
