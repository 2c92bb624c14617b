/**
 * What grows with the size of a policy and with open requests, in one process and without a broker: one
 * JSON line. Needs `--expose-gc`.
 */
import { usedLookup } from '../../../services/domain/used-lookup.ts'
import { loadPolicy, loadPolicyFile } from '../../../services/policy/load.ts'
import type { Policy } from '../../../services/policy/policy.ts'
import type { Effect, Input } from '../../../services/router/core/state.ts'
import { coreConfig, openCore } from '../core.ts'
import { type Call, callsOf } from '../micro/calls.ts'
import { MARK, policyOf } from './made-up.ts'

const RULES = [10, 100, 1000]
const SYSTEMS = 4
const OPEN = [1000, 5000, 10_000, 50_000]
const CALLS = 2000
const ROUNDS = 5
const T0 = 1_700_000_000_000

/** Microseconds of a core for one of `count` operations: the middle of some rounds, after one to warm up. */
function usPer(count: number, work: () => void): number {
  const took = Array.from({ length: ROUNDS + 1 }, () => {
    const from = process.cpuUsage()
    work()
    const { user, system } = process.cpuUsage(from)
    return (user + system) / count
  })
  const middle = took.slice(1).toSorted((a, b) => a - b)[Math.floor(ROUNDS / 2)]
  return Math.round((middle ?? Number.NaN) * 100) / 100
}

function costOfRules(rules: number) {
  const text = policyOf(SYSTEMS, rules)
  const policy = loadPolicy(text, { file: 'made-up' })
  const [template] = callsOf('rules', 1)
  const [answered] = template?.lookups.filter(({ outcome }) => outcome !== 'SKIPPED') ?? []
  if (answered === undefined) throw new Error('there is no call to ask about')
  const lookups = policy.dependencies.map(({ name }) =>
    usedLookup(
      { ...answered, dependency: name, outcome: 'FOUND', cause: null, facts: { mark: MARK } },
      T0,
      0,
    ),
  )
  const question = { arrival: {}, arrivedAt: T0, lookups }
  if (policy.decide(question)?.ruleId === undefined) throw new Error('the policy did not decide')
  const decisions = Math.max(200, Math.round(200_000 / rules))
  const usPerDecision = usPer(decisions, () => {
    for (let index = 0; index < decisions; index += 1) policy.decide(question)
  })
  const loadMs = usPer(1, () => void loadPolicy(text, { file: 'made-up' })) / 1000
  return { rules, usPerDecision, loadMs: Math.round(loadMs * 10) / 10 }
}

/** A core with its gate open, and one number after the other for its calls. */
function createCore(policy: Policy, openMax: number) {
  let offset = 0
  const core = openCore(coreConfig(policy, { openMax, earlyMax: 1000, heldBytesMax: 1e12 }), T0)
  const run = (input: Input): readonly Effect[] => core(input, T0)
  return {
    /** An arrival that waits for its lookups; gives the name it got. */
    open({ arrival }: Call): string {
      offset += 1
      const callId = `${arrival.callId}-${offset}`
      const place = { callId, requestNo: 1, offset, appendedAt: T0, traceparent: null }
      // A copy, as decoding makes one: what is open holds its own arrival.
      run({ type: 'arrived', arrival: structuredClone({ ...arrival, callId }), ...place })
      return callId
    },
    decide({ lookups }: Call, callId: string): void {
      for (const one of lookups) {
        offset += 1
        const lookup = { ...one, callId }
        for (const effect of run({ type: 'lookup', lookup, offset, appendedAt: T0 })) {
          if (effect.type !== 'publish') continue
          const { request, decision } = effect
          run({ type: 'acknowledged', request, decidedAt: decision.decidedAt, appendedAt: T0 })
        }
      }
      run({ type: 'tick', overdueMax: 100 })
    },
  }
}

function costOfOpen(open: number, policy: Policy, calls: readonly Call[]) {
  const call = (index: number): Call => {
    const found = calls[index % calls.length]
    if (found === undefined) throw new Error('there are no calls')
    return found
  }
  const core = createCore(policy, open + CALLS)
  globalThis.gc?.()
  const before = process.memoryUsage().heapUsed
  for (let index = 0; index < open; index += 1) core.open(call(index))
  globalThis.gc?.()
  const bytes = process.memoryUsage().heapUsed - before
  const usPerCall = usPer(CALLS, () => {
    for (let index = 0; index < CALLS; index += 1) core.decide(call(index), core.open(call(index)))
  })
  return { open, usPerCall, bytesPerRequest: Math.round(bytes / open) }
}

const example = loadPolicyFile(new URL('../../../policy/policy.yaml', import.meta.url).pathname)
const calls = callsOf('open', 1000)
const rules = RULES.map(costOfRules)
const openRequests = OPEN.map((open) => costOfOpen(open, example, calls))
process.stdout.write(`${JSON.stringify({ rules, openRequests })}\n`)
