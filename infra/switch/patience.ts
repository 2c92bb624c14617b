/**
 * The switch's own default-route timers: a caller is never left on a silent line, whatever becomes of
 * the router. A request that is not heard of within its limit is routed by the switch itself.
 */
import { requestKey, type RequestId } from '../../services/domain/request.ts'
import type { Cancel, Clock } from '../../services/platform/ports.ts'

export interface Patience<T> {
  /** Starts the timer of a request; `about` is given back by `hear`. */
  begin(request: RequestId, limitMs: number, about: T): void
  /** A decision came. Null when the request is not waiting: unknown, heard before, or too late. */
  hear(request: RequestId): T | null
  /** Requests whose time ran out, in that order. */
  readonly defaulted: readonly RequestId[]
  readonly heard: number
  readonly waiting: number
}

/** `onDefault` is called after a request took the default route. */
export function createPatience<T>(clock: Clock, onDefault: () => void): Patience<T> {
  const waiting = new Map<string, { readonly cancel: Cancel; readonly about: T }>()
  const defaulted: RequestId[] = []
  let heard = 0

  return {
    begin({ callId, requestNo }, limitMs, about) {
      const key = requestKey({ callId, requestNo })
      const cancel = clock.after(limitMs, () => {
        waiting.delete(key)
        defaulted.push({ callId, requestNo })
        onDefault()
      })
      waiting.set(key, { cancel, about })
    },
    hear(request) {
      const key = requestKey(request)
      const waiter = waiting.get(key)
      if (waiter === undefined) return null
      waiter.cancel()
      waiting.delete(key)
      heard += 1
      return waiter.about
    },
    defaulted,
    get heard() {
      return heard
    },
    get waiting() {
      return waiting.size
    },
  }
}
