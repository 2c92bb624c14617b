/** Crashes at a named point of a service's code, armed until the service next comes by. */
import type { CrashPoint } from '../../services/enricher/lookups.ts'

export interface ArmedCrashes {
  /** `crash` is called when the instance next reaches the point. */
  arm(name: string, point: CrashPoint, crash: () => void): void
  reached(name: string, point: CrashPoint): void
}

export function armedCrashes(): ArmedCrashes {
  const armed = new Map<string, () => void>()
  return {
    arm: (name, point, crash) => void armed.set(`${name} ${point}`, crash),
    reached(name, point) {
      const crash = armed.get(`${name} ${point}`)
      armed.delete(`${name} ${point}`)
      crash?.()
    },
  }
}
