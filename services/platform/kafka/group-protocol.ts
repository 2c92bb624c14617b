/**
 * How a member of a group keeps its place and gets over moved leaders. In kafkajs every fetch waits for
 * the heartbeat, which is timed by the wall clock and sent to a coordinator that is looked up at joins
 * only; and a moved leader makes the whole group rebalance. Here heartbeats go beside the fetches and find
 * the coordinator again; leaders are learnt anew without a rebalance; and one broker's trouble stays its
 * own partitions'.
 */
import { setTimeout as delay } from 'node:timers/promises'
import ConsumerGroup from 'kafkajs/src/consumer/consumerGroup.js'
import protocolErrors from 'kafkajs/src/protocol/error.js'
import { causes, isTransient, protocolError } from './failure.ts'
import { relearn } from './live-brokers.ts'

const HEARTBEAT_EVENT = 'consumer.heartbeat'
const REBALANCE_IN_PROGRESS = 27
/** A coordinator that is loading its groups is asked so often. */
const JOINS_MAX = 40
const JOIN_PAUSE_MS = 150
/** Before a broker that failed is asked again. */
const FAILED_FETCH_PAUSE_MS = 100

/** Those that say: not with this coordinator, or not yet. The membership itself goes on. */
const ELSEWHERE = new Set([
  'NOT_COORDINATOR_FOR_GROUP',
  'GROUP_COORDINATOR_NOT_AVAILABLE',
  'GROUP_LOAD_IN_PROGRESS',
])

interface Pulse {
  dueMs: number
  underWay: boolean
  /** What a heartbeat brought to light; the fetch loop acts on it. */
  found: Error | undefined
}

const pulses = new WeakMap<ConsumerGroup, Pulse>()

function pulseOf(group: ConsumerGroup): Pulse {
  const existing = pulses.get(group)
  if (existing !== undefined) {
    return existing
  }
  const pulse = { dueMs: -Infinity, underWay: false, found: undefined }
  pulses.set(group, pulse)
  return pulse
}

function heartbeat(
  this: ConsumerGroup,
  { interval }: { readonly interval: number },
): Promise<void> {
  const pulse = pulseOf(this)
  const { found } = pulse
  if (found !== undefined) {
    pulse.found = undefined
    return Promise.reject(found)
  }
  const nowMs = performance.now()
  if (this.memberId !== null && !pulse.underWay && nowMs >= pulse.dueMs) {
    pulse.underWay = true
    pulse.dueMs = nowMs + interval
    void beat(this, pulse).finally(() => {
      pulse.underWay = false
    })
  }
  return Promise.resolve()
}

async function beat(group: ConsumerGroup, pulse: Pulse): Promise<void> {
  const { groupId, memberId, generationId, coordinator } = group
  const payload = { groupId, memberId, groupGenerationId: generationId }
  try {
    await coordinator.heartbeat(payload)
    group.instrumentationEmitter.emit(HEARTBEAT_EVENT, payload)
  } catch (error) {
    const protocol = protocolError(error)
    if (group.memberId !== memberId || group.generationId !== generationId) {
      return // Of a membership that is over.
    }
    if (protocol === undefined ? isTransient(error) : ELSEWHERE.has(protocol)) {
      await followCoordinator(group)
    } else {
      pulse.found = error as Error
    }
  }
}

async function followCoordinator(group: ConsumerGroup): Promise<void> {
  try {
    const found = await group.cluster.findGroupCoordinator({ groupId: group.groupId })
    group.coordinator = found as typeof group.coordinator
  } catch {
    // The next heartbeat tries again.
  }
}

const { joinAndSync } = ConsumerGroup.prototype

/** A join that failed half-way would otherwise be forgotten: the old generation's heartbeats may go on. */
async function joinUntilDone(this: ConsumerGroup): Promise<void> {
  const pulse = pulseOf(this)
  pulse.found = undefined
  for (let attempt = 1; ; attempt += 1) {
    try {
      await joinAndSync.call(this)
      pulse.dueMs = -Infinity
      return
    } catch (error) {
      if (attempt >= JOINS_MAX || !ELSEWHERE.has(protocolError(error) ?? '')) {
        pulse.found = protocolErrors.createErrorFromCode(REBALANCE_IN_PROGRESS)
        throw error
      }
      await delay(JOIN_PAUSE_MS)
    }
  }
}

const { recoverFromFetch } = ConsumerGroup.prototype

async function rideOut(this: ConsumerGroup, error: unknown): Promise<void> {
  const [{ name } = {}] = causes(error)
  const isJoinersBusiness = name === 'KafkaJSStaleTopicMetadataAssignment'
  const isMetadata = name === 'KafkaJSTopicMetadataNotLoaded' || name === 'KafkaJSMetadataNotLoaded'
  if (isJoinersBusiness || !(isMetadata || isTransient(error))) {
    await recoverFromFetch.call(this, error)
    return
  }
  this.logger.warn('A fetch failed, others go on', { error: String(error) })
  void relearn(this.cluster)
  await delay(FAILED_FETCH_PAUSE_MS)
}

/** Has kafkajs' consumers behave this way, process-wide; doing it again changes nothing. */
export function installGroupProtocol(): void {
  ConsumerGroup.prototype.heartbeat = heartbeat
  ConsumerGroup.prototype.joinAndSync = joinUntilDone
  ConsumerGroup.prototype.recoverFromFetch = rideOut
}
