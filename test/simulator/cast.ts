/**
 * The processes of a simulated world and what may happen to them: each slot holds one instance of a
 * service, which is started, stopped, killed, frozen and replaced by a new one.
 */
import type { Codec, LogClient } from '../../services/platform/ports.ts'
import { memoryClient, type MemoryClient } from '../../services/platform/memory/client.ts'
import { memoryProcess, type MemoryProcess } from '../../services/platform/memory/process.ts'
import type { MemoryBroker } from '../../services/platform/memory/broker.ts'
import type { Weather } from '../../services/platform/memory/weather.ts'
import type { Dice } from './dice.ts'
import type { Service } from './plan.ts'

/** What a service gets to live with. */
export interface Instance {
  readonly service: Service
  /** Unique over the whole run. */
  readonly name: string
  readonly process: MemoryProcess
  readonly client: LogClient
  readonly codec: Codec
  readonly draw: Dice
}

export interface Running {
  stop(): Promise<void>
}

/** Starts a service; what it resolves with stops it in good order. */
export type StartService = (instance: Instance) => Promise<Running>

export interface Slot {
  readonly service: Service
  process: MemoryProcess | null
  client: MemoryClient | null
  running: Running | null
  /** Of the instance that lives in it, or lived last. */
  name: string
  /** Joined for a while: it is not replaced when it is gone. */
  guest: boolean
}

export interface Cast {
  readonly slots: readonly Slot[]
  /** A new slot with a running instance. */
  add(service: Service): Slot
  start(slot: Slot): void
  /** SIGKILL. */
  kill(slot: Slot): void
  /** SIGTERM: resolves when the service has stopped and its process is gone. */
  stop(slot: Slot): Promise<void>
  of(service: Service): Slot[]
}

export interface CastOptions {
  readonly broker: MemoryBroker
  readonly weather: (name: string) => Weather
  readonly codec: (process: MemoryProcess) => Codec
  readonly dice: (name: string) => Dice
  readonly start: StartService
  /** A service broke a promise of its own: it threw, or did not stop. */
  readonly failed: (what: string) => void
}

/** A service that has not stopped after so long has failed to. */
const STOP_MS_MAX = 15_000
/** Host clocks run wrong by up to this much. */
const DRIFT = 2e-4

export function cast(options: CastOptions): Cast {
  const { broker, failed } = options
  const slots: Slot[] = []
  const incarnations = new Map<string, number>()

  const nameOf = (slot: Slot): string => {
    const base = `${slot.service.replace(' ', '-')}-${slots.indexOf(slot)}`
    const incarnation = (incarnations.get(base) ?? 0) + 1
    incarnations.set(base, incarnation)
    return `${base}.${incarnation}`
  }
  const start = (slot: Slot): void => {
    const name = nameOf(slot)
    const draw = options.dice(name)
    const clock = { offsetMs: draw.between(0, 1e6), rate: 1 + draw.between(-DRIFT, DRIFT) }
    const process = memoryProcess(broker.time, clock)
    const client = memoryClient(broker, process, options.weather(name), name)
    Object.assign(slot, { process, client, running: null, name })
    const codec = options.codec(process)
    const instance = { service: slot.service, name, process, client, codec, draw }
    const starting = async (): Promise<void> => {
      try {
        const running = await options.start(instance)
        if (slot.process === process) slot.running = running
      } catch (error) {
        failed(`${name} did not start: ${String(error)}`)
      }
    }
    void starting()
  }
  const kill = (slot: Slot): void => {
    slot.process?.kill()
    Object.assign(slot, { process: null, client: null, running: null })
  }
  return {
    slots,
    start,
    kill,
    add(service) {
      const slot: Slot = {
        service,
        process: null,
        client: null,
        running: null,
        name: '',
        guest: false,
      }
      slots.push(slot)
      start(slot)
      return slot
    },
    of: (service) => slots.filter((slot) => slot.service === service),
    async stop(slot) {
      const { process, running, name } = slot
      if (process === null || running === null || process.state() !== 'running') {
        kill(slot)
        return
      }
      slot.running = null
      const tooLong = new Promise<string>((resolve) => {
        broker.time.after(STOP_MS_MAX, () => resolve('did not stop'))
      })
      const trouble = await Promise.race([stopped(running), tooLong])
      if (trouble !== null && process.state() === 'running') failed(`${name} ${trouble}`)
      if (slot.process === process) kill(slot)
    },
  }
}

/** Null once it has stopped, else what went wrong. */
async function stopped(running: Running): Promise<string | null> {
  try {
    await running.stop()
    return null
  } catch (error) {
    return `did not stop: ${String(error)}`
  }
}
