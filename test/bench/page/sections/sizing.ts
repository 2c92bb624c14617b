/** How to size a deployment, and what many machines would need, by what was measured. Pure. */
import { HORIZON_MS } from '../../../../services/domain/horizon.ts'
import { CONNECTIONS_DEFAULT } from '../../../../services/enricher/connectors/document.ts'
import type { Parts } from '../../results.ts'
import { deciderMb } from '../across.ts'
import { grouped, table } from '../markdown.ts'
import { ASSUMED, callBytes, type Costs, costsOf, limitsOf, readersOf, sizeFor } from '../sizing.ts'

const RATES = [278, 1500, 10_000, 100_000]
/** Only these are kept long enough to matter. */
const DAYS: Readonly<Record<string, number>> = {
  'audit.decision': 400,
  'audit.fallback': 400,
  'audit.late': 400,
  'call.routed': 7,
}
const HORIZON_S = HORIZON_MS / 1000

const count = (value: number): string => (Number.isFinite(value) ? grouped(value) : 'none would do')

function memoryText({ sustained, scale }: Parts): string {
  const held = sustained?.measured.find(({ contender }) => contender === 'crosspoint-instant')
  const openBytes = scale && Math.max(...scale.openRequests.map((one) => one.bytesPerRequest))
  const lines = [
    held !== undefined &&
      `- A router remembers what it decided for ${HORIZON_S} s. One that did so for ${held.ratePerS} calls a second had ${deciderMb(held)} MB at its most.`,
    openBytes !== undefined &&
      openBytes > 0 &&
      `- A request that waits takes up to ${(openBytes / 1024).toFixed(1)} KB and what its lookups brought: calls a second × seconds that lookups take × that.`,
  ]
  return lines.filter((line) => line !== false).join('\n')
}

function costText(costs: Costs): string {
  const rows = [
    ['router with auditor', costs.routerMs.toFixed(2), costs.routerIdle.toFixed(2)],
    ['enrichers of all dependencies', costs.enricherMs.toFixed(2), costs.enricherIdle.toFixed(2)],
    ['broker, one replica', costs.brokerMs.toFixed(2), costs.brokerIdle.toFixed(2)],
  ]
  return table(['process', 'CPU ms a call', 'cores whatever comes'], rows)
}

function projection(costs: Costs): string {
  const rows = RATES.map((ratePerS) => {
    const size = sizeFor(ratePerS, costs)
    return [
      grouped(ratePerS),
      count(size.routers) + (size.isBeyondMembers ? ' *' : ''),
      count(size.enrichers),
      count(size.partitions),
      `${size.brokers} (${size.brokersBy})`,
      `${grouped(size.networkBytesPerS / 1e6, 1)} MB/s`,
      `${grouped(size.diskBytesPerDay / 1e9)} GB`,
    ]
  })
  const head = [
    'calls/s',
    'routers',
    'processes of enrichers',
    'partitions',
    'brokers (by)',
    'network of all brokers',
    'written a day, replicas too',
  ]
  return table(head, rows)
}

function keptText({ bytes }: Costs): string {
  const rows = Object.entries(DAYS).flatMap(([topic, days]) => {
    const each = bytes[topic]
    if (each === undefined || each < 1) return []
    const kept = (rate: number): string =>
      `${grouped((rate * each * 86_400 * days * ASSUMED.replicas) / 1e12, 1)} TB`
    return [[topic, days, each.toFixed(0), kept(1500), kept(10_000), kept(100_000)]]
  })
  return table(['topic', 'days', 'bytes a call', 'kept at 1,500/s', '10,000/s', '100,000/s'], rows)
}

export function sizingSection(parts: Parts): string {
  const measured = parts.rates?.measured ?? []
  // Enrichers that speak to servers are what people run; the engine alone says more where they were not measured.
  const [found] = ['crosspoint-real', 'crosspoint-instant'].flatMap((name) => {
    const costs = costsOf(measured.filter(({ contender }) => contender === name))
    return costs === null ? [] : [{ name, costs }]
  })
  if (found === undefined) return ''
  const { name, costs } = found
  const { share, coresOfBroker, replicas, spare, partitionsPerMember, partitionStep } = ASSUMED
  const limits = limitsOf(costs)
  return `## How to size a deployment

Lines through what was measured of ${name} where its rates were borne: their slope is what a call costs, the rest is
paid at any rate. A broker's cost grows slower than the rate: all of it at the highest of these rates is
${costs.brokerAtMostMs.toFixed(2)} ms a call.

${costText(costs)}

- Members of a group = calls a second × CPU seconds a call ÷ (${share} of a core − what it idles with), and ${spare} to spare.
- Partitions ≥ ${partitionsPerMember} × members of the largest group, a multiple of ${partitionStep}. They are never grown in place: choose
  for the peak of the years to come${parts.scale === undefined ? '' : ' (what more of them cost: the series above)'}.
- An enricher asks at most \`limits.connections\` questions at once (${CONNECTIONS_DEFAULT} by default): its share of the calls a
  second × the seconds that an answer takes, and half as much again.
- Keep a process below ${share} of its core: a takeover, and what piled up meanwhile, need the rest.
- A call writes ${grouped(callBytes(costs))} bytes to the logs, before replicas; the network carries them again to ${replicas - 1} replicas and to each reader
  (call.arrived: ${readersOf('call.arrived', costs.dependencies)}, call.lookup: ${readersOf('call.lookup', costs.dependencies)}, call.routed: ${readersOf('call.routed', costs.dependencies)}, call.context: ${readersOf('call.context', costs.dependencies)}).
${memoryText(parts)}

### Beyond one machine

A projection, not a measurement: per-call costs from above (the broker's at that highest rate), brokers of ${coresOfBroker} cores and 10 Gbit/s with ${replicas} replicas, a further
replica taken to cost half of the first, nothing planned beyond ${share} of what it has. With three brokers and 3
replicas that is too little at 50 calls/s, where they took a core (DESIGN.md, "Cost of brokers"); at high rates nobody has measured it.
Costs a call were measured on crowded cores, where requests gather: on machines with idle cores they gather less, and a
call may cost more. Rates above those of the tables are extrapolated. What is not in it: distance between machines,
TLS, and what systems of record bear, for in what was measured they answer at once.

${projection(costs)}

${RATES.some((rate) => sizeFor(rate, costs).isBeyondMembers) ? `\\* More members than a group should have (${ASSUMED.membersMax}): one rebalance stops them all, and every one of them keeps connections\nto every broker. Split the calls over deployments by number dialled or region, each with topics of its own\n(\`TOPIC_PREFIX\`).\n` : ''}
What breaks first, as calls grow, with one of each:

${table(
  ['what', 'bears, calls/s'],
  limits.map(({ what, ratePerS }) => [what, count(Math.floor(ratePerS))]),
)}

The disk, ${ASSUMED.replicas} replicas together, if that rate came day and night (so take a day's mean, not its peak). Audit is kept for 400 days.

${keptText(costs)}

At such rates export the audit to cheaper storage day by day (\`crosspoint audit export\`) and set the topics' retention to weeks.
`
}
