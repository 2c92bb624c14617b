/** The in-memory broker keeps the log's promises, over a calm and over a bumpy network. */
import { memoryBroker } from '../../services/platform/memory/broker.ts'
import { memoryClient } from '../../services/platform/memory/client.ts'
import { memoryProcess } from '../../services/platform/memory/process.ts'
import { virtualTime } from '../../services/platform/memory/virtual-time.ts'
import { calm, seededRandom, type Weather } from '../../services/platform/memory/weather.ts'
import type { LogUnderTest } from './fixture.ts'
import { logConformance } from './log-conformance.ts'

function bumpy(random: () => number): Weather {
  return {
    ...calm(random),
    latencyMs: () => random() * 40,
    fetchMs: () => random() * 120,
    fetchRecords: () => 1 + Math.floor(random() * 3),
  }
}

function make(weatherOf: (random: () => number) => Weather): () => Promise<LogUnderTest> {
  return () => {
    const time = virtualTime()
    const random = seededRandom(1)
    const broker = memoryBroker(time, { partitions: 6 })
    const weather = weatherOf(random)
    const driver = time.drive()
    const pass = (delayMs: number): Promise<void> =>
      new Promise((resolve) => time.after(delayMs, resolve))
    let clients = 0
    return Promise.resolve({
      partitions: 6,
      client: () => {
        clients += 1
        return Promise.resolve(
          memoryClient(broker, memoryProcess(time), weather, `client-${clients}`),
        )
      },
      eventually: async (what, holds) => {
        const until = time.nowMs() + 30_000
        while (!(await holds())) {
          if (time.nowMs() > until) throw new Error(`in vain waited until ${what}`)
          await pass(10)
        }
      },
      aWhile: () => pass(500),
      close: () => driver.stop(),
    })
  }
}

logConformance('The in-memory broker', make(calm))
logConformance('The in-memory broker on a bumpy network', make(bumpy))
