/** One thread of the crew. */
import { parentPort } from 'node:worker_threads'
import type { Order, Told } from './crew.ts'
import { simulate } from './simulate.ts'

parentPort?.on('message', (order: Order) => void run(order))

async function run({ seeds, calls }: Order): Promise<void> {
  for (const seed of seeds) {
    const { judgement } = await simulate(seed, calls)
    const { violations, statistics, valid } = judgement
    const told: Told = { seed, violations, statistics, valid }
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
    parentPort?.postMessage(told)
  }
}
