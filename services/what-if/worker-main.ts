/** One worker's thread: does its work order and says what came of it. */
import { parentPort, workerData } from 'node:worker_threads'
import { CrosspointError } from '../errors.ts'
import { type Said, work, type WorkOrder } from './crew.ts'

// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a port of threads has none
const say = (said: Said): void => parentPort?.postMessage(said)

try {
  const tick = (more: number): void => say({ kind: 'tick', more })
  const result = await work(workerData as WorkOrder, tick)
  say({ kind: 'result', result })
} catch (error) {
  // A thread's errors lose their class on the way: code and message are what is told.
  say({ kind: 'failed', error: error instanceof CrosspointError ? plain(error) : error })
}

function plain({ code, message }: CrosspointError): { code: string; message: string } {
  return { code, message }
}
