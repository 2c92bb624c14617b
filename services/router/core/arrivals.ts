/** Taking up arrivals: readable ones, unreadable ones, and those whose schema is being asked for. */
import type { CallArrived } from '../../../schemas/records.ts'
import { requestKey } from '../../domain/request.ts'
import { deadlineOf } from './deadline.ts'
import { POLICY_FAILED } from './decision.ts'
import { evaluate, makeRoom, notice } from './deciding.ts'
import { type ArrivalPlace, type Reading, type Request, settle } from './request.ts'
import type { Input, PartitionState } from './state.ts'

type Taken = Extract<Input, { readonly type: 'arrived' | 'unreadable' | 'held' }>

type Learnt = Extract<Input, { readonly type: 'learnt' }>

export function takeArrival(state: PartitionState, input: Taken, now: number): void {
  // What can't be read yet, or ever, is only done with once its dead letter is settled as well.
  state.watermark.begin(input.offset, input.appendedAt, input.type === 'arrived' ? 1 : 2)
  readUpTo(state, input.appendedAt)
  const request = admit(state, input, limitsOf(input), now)
  if (request === null) return
  if (input.type === 'held') state.held.set(input.offset, request)
  request.reading = readingOf(state, input, request)
  begin(state, request, now)
}

export function passOver(state: PartitionState, offset: number, appendedAt: number): void {
  state.watermark.begin(offset, appendedAt, 1)
  readUpTo(state, appendedAt)
}

function readUpTo(state: PartitionState, appendedAt: number): void {
  state.arrivedUpTo = Math.max(state.arrivedUpTo, appendedAt)
  state.markers.expire(state.arrivedUpTo)
}

const limitsOf = (input: Taken): CallArrived | null =>
  input.type === 'arrived' ? input.arrival : null

function readingOf(state: PartitionState, input: Taken, request: Request): Reading {
  if (input.type === 'arrived') return readable(state, input.arrival, request)
  return input.type === 'held'
    ? { state: 'HELD', why: { cause: 'SCHEMA_UNAVAILABLE', detail: input.detail } }
    : { state: 'UNREADABLE', why: { cause: 'BAD_RESPONSE', detail: input.detail } }
}

function readable(state: PartitionState, arrival: CallArrived, { policy }: Request): Reading {
  try {
    const inputs = policy.classify(arrival, state.config.privacy)
    return { state: 'READABLE', arrival, inputs }
  } catch {
    return POLICY_FAILED
  }
}

const NOT_READ: Reading = { state: 'UNREADABLE', why: { cause: 'BAD_RESPONSE', detail: '' } }

/** Opens a request; null when it is open or decided already (design §4.1, §4.6). */
function admit(
  state: PartitionState,
  place: ArrivalPlace,
  limits: CallArrived | null,
  now: number,
): Request | null {
  const key = requestKey(place)
  const repeated = state.open.has(key)
  if (repeated || state.markers.has(key)) {
    notice(state, repeated ? 'arrival-repeated' : 'found-decided')
    state.watermark.finish(place.offset)
    return null
  }
  const { policyAt } = state.config
  const { callId, requestNo, offset, appendedAt, traceparent } = place
  const policy = policyAt(appendedAt)
  const { decideBy, dueAt } = deadlineOf(appendedAt, limits, policy, state.lane)
  const request: Request = {
    key,
    callId,
    requestNo,
    offset,
    appendedAt,
    traceparent,
    decideBy,
    dueAt,
    policy,
    reading: NOT_READ,
    readAt: now,
    overdue: false,
    lookups: policy.dependencies.map(() => null),
    pending: policy.dependencies.length,
    decided: null,
    waiting: false,
    gone: false,
  }
  state.open.set(key, request)
  for (const early of state.early.take(key)) {
    settle(request, early.lookup, early.appendedAt, early.offset)
  }
  return request
}

/** From now on its deadline counts; decides at once what is certain at once. */
function begin(state: PartitionState, request: Request, now: number): void {
  if (now >= request.decideBy) {
    request.overdue = true
    state.overdue.push(request)
    return
  }
  state.inTime += 1
  state.due.push(request)
  evaluate(state, request, now)
  makeRoom(state, now)
}

/** A held record became readable (under the identity it really has), or never will be. */
export function learnt(
  state: PartitionState,
  { offset, arrival, detail = 'its schema is not known to the registry' }: Learnt,
  now: number,
): void {
  const held = state.held.get(offset)
  state.held.delete(offset)
  // Readable: no dead letter is owed. Otherwise `letter-written` will follow.
  if (arrival !== null) state.watermark.finish(offset)
  if (held === undefined || held.gone || held.decided !== null) return
  if (arrival === null) {
    held.reading = { state: 'UNREADABLE', why: { cause: 'BAD_RESPONSE', detail } }
    evaluate(state, held, now)
    return
  }
  state.open.delete(held.key)
  held.gone = true
  if (!held.overdue) state.inTime -= 1
  const { callId, requestNo } = arrival
  const request = admit(state, { ...held, callId, requestNo }, arrival, now)
  if (request === null) return
  if (request.key === held.key) {
    held.lookups.forEach((lookup, index) => {
      if (lookup === null || request.lookups[index] !== null) return
      request.lookups[index] = lookup
      request.pending -= 1
    })
  }
  request.reading = readable(state, arrival, request)
  begin(state, request, now)
}
