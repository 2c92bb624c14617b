import kafkajs from 'kafkajs'
import { describe, expect, test } from 'vitest'
import { CrosspointError } from '../../../../services/errors.ts'
import {
  coded,
  isRefused,
  isStaleMember,
  isTransient,
} from '../../../../services/platform/kafka/failure.ts'

/** As kafkajs wraps what a broker answered. */
const protocol = (type: string, retriable: boolean) =>
  new Error('wrapped', {
    cause: new kafkajs.KafkaJSProtocolError(
      Object.assign(new Error(`told ${type}`), { type, code: 1, retriable }),
    ),
  })

describe('errors of the client', () => {
  test.each([
    [protocol('UNKNOWN_TOPIC_OR_PARTITION', true), 'XP_TOPIC_MISSING'],
    [protocol('TOPIC_AUTHORIZATION_FAILED', false), 'XP_BROKER_AUTH'],
    [
      new kafkajs.KafkaJSConnectionError('refused', { code: 'ECONNREFUSED' }),
      'XP_BROKER_UNREACHABLE',
    ],
    [new kafkajs.KafkaJSConnectionError('self-signed certificate in chain', {}), 'XP_BROKER_TLS'],
    [new Error('whatever'), 'XP_PRODUCE_FAILED'],
  ])('%s gets the code %s', (error, code) => {
    expect(coded(error, 'appending', 'XP_PRODUCE_FAILED').code).toBe(code)
  })

  test('a coded error passes unchanged', () => {
    const error = new CrosspointError('XP_CLOSED', 'closed')
    expect(coded(error, 'appending', 'XP_PRODUCE_FAILED')).toBe(error)
  })

  test('asked again only where that can help; an old generation is told apart', () => {
    expect(isTransient(protocol('NOT_LEADER_FOR_PARTITION', true))).toBe(true)
    expect(isTransient(protocol('MESSAGE_TOO_LARGE', false))).toBe(false)
    expect(isTransient(protocol('TOPIC_AUTHORIZATION_FAILED', false))).toBe(false)
    expect(isRefused(protocol('TOPIC_AUTHORIZATION_FAILED', false))).toBe(true)
    expect(isRefused(protocol('MESSAGE_TOO_LARGE', false))).toBe(false)
    expect(isStaleMember(protocol('ILLEGAL_GENERATION', false))).toBe(true)
    expect(isStaleMember(protocol('NOT_COORDINATOR_FOR_GROUP', true))).toBe(false)
  })
})
