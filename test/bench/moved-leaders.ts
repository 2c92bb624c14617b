/**
 * How long appends wait when brokers give leaders back to one another: three brokers, four topics of 12
 * partitions, 800 records a second; one broker after the other is restarted, and looks at its balance
 * every four seconds instead of every five minutes.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { startCluster } from '../../infra/embedded/cluster.ts'
import { connectLog } from '../../services/platform/kafka/client.ts'
import { createTopics, optionsFor } from '../integration/kafka/support.ts'
import { asked, wholeNumber } from '../script.ts'
import { percentilesOf } from './measure/percentiles.ts'

const USAGE = `npm run bench:moved-leaders -- [--follower-backoff-ms 50] [--rounds 4]
  --follower-backoff-ms  how long a replica waits that found nothing new
  --rounds               brokers restarted, one after the other`

const TOPICS = ['call.arrived', 'call.lookup', 'call.routed', 'audit.decision'] as const
const PARTITIONS = 12
const EVERY_MS = 5
const VALUE = Buffer.alloc(300)
/** A broker is up again, and its leaders have not returned yet. */
const SETTLED_MS = 300
const WATCHED_MS = 12_000
const WARM_UP_MS = 5000

const say = (line: string): void => void process.stdout.write(`${line}\n`)

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      'follower-backoff-ms': { type: 'string', default: '50' },
      rounds: { type: 'string', default: '4' },
    },
  })
  const rounds = wholeNumber('--rounds', values.rounds)
  const backoffMs = wholeNumber('--follower-backoff-ms', values['follower-backoff-ms'])
  await using cluster = await startCluster({
    brokers: 3,
    registry: false,
    properties: {
      'leader.imbalance.check.interval.seconds': '4',
      'leader.imbalance.per.broker.percentage': '1',
      'replica.fetch.backoff.ms': String(backoffMs),
    },
  })
  const options = optionsFor(cluster.brokers)
  const admin = await createTopics(options, TOPICS, PARTITIONS, 3, { 'min.insync.replicas': '2' })
  const leaders = async (): Promise<readonly number[]> =>
    (await Promise.all(TOPICS.map((topic) => admin.leaders(topic)))).flat()

  let refused = 0
  let waits: { readonly at: number; readonly ms: number }[] = []
  const clients = await Promise.all(TOPICS.map(() => connectLog(options)))
  const producers = await Promise.all(clients.map((client) => client.producer('bench')))
  const timer = setInterval(() => {
    for (const [index, topic] of TOPICS.entries()) {
      const at = performance.now()
      const partition = Math.floor(Math.random() * PARTITIONS)
      void producers[index]?.append({ topic, partition, key: null, value: VALUE }).then(
        () => waits.push({ at, ms: performance.now() - at }),
        () => (refused += 1),
      )
    }
  }, EVERY_MS)

  await delay(WARM_UP_MS)
  for (let round = 1; round <= rounds; round += 1) {
    const node = 1 + (round % cluster.nodes.length)
    await cluster.kill(node, 'SIGTERM')
    await cluster.restart(node)
    await delay(SETTLED_MS)
    const [before, since] = [await leaders(), performance.now()]
    await delay(WATCHED_MS)
    const after = await leaders()
    const moved = after.filter((leader, index) => leader !== before[index]).length
    const own = waits.filter(({ at }) => at >= since).map(({ ms }) => ms)
    const { count, p50, p99, max } = percentilesOf(own)
    say(
      `broker ${node}: ${moved} leaders moved; ${count} appends, ms p50 ${p50} p99 ${p99} max ${max}`,
    )
    waits = []
  }
  clearInterval(timer)
  for (const client of clients) await client.close()
  await admin.close()
  if (refused > 0) say(`${refused} appends were refused`)
}

await asked(USAGE, main)
