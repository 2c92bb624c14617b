/**
 * A schema registry that is away is no poison (design §4.10): services wait for it at start, go on
 * without it later, keep deadlines also for records whose schema they can't learn, and set nothing aside.
 */
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { z } from 'zod'
import { createDoor, type Door } from '../../infra/stubs/door.ts'
import { jsonLine, whenReady } from '../../services/local/processes.ts'
import { partitionOf } from '../../services/domain/murmur2.ts'
import { HEADER } from '../../services/domain/request.ts'
import { sharedCluster } from '../cluster.ts'
import { openWorld, PLAIN_CALL, type World } from './world/world.ts'

const SCHEMA = join(import.meta.dirname, '..', '..', 'schemas', 'call-arrived.avsc')

let door: Door
let world: World
beforeAll(async () => {
  const { hostname, port, pathname } = new URL(sharedCluster().registryUrl)
  door = await createDoor({
    host: '127.0.0.1',
    port: 0,
    enter(socket) {
      const far = connect({ host: hostname, port: Number(port) })
      far.on('error', () => socket.destroy())
      far.on('close', () => socket.destroy())
      socket.on('close', () => far.destroy())
      socket.pipe(far).pipe(socket)
    },
  })
  const registryUrl = `http://${door.host}:${door.port}${pathname}`
  world = await openWorld({ registryUrl, partitions: 2 })
})
afterAll(async () => {
  await world[Symbol.asyncDispose]()
  await door.close()
})

/** Registers the arrival's schema with one field more, past the door; gives its id. */
async function registerNewer(): Promise<number> {
  const schema = JSON.parse(readFileSync(SCHEMA, 'utf8')) as { fields: object[] }
  schema.fields.push({ name: 'trunk', type: 'string', default: '', doc: 'Trunk of the switch.' })
  const { registryUrl } = sharedCluster()
  const subject = `${world.settings.TOPIC_PREFIX}call.arrived-value`
  const response = await fetch(`${registryUrl}/subjects/${subject}/versions`, {
    method: 'POST',
    headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
    body: JSON.stringify({ schema: JSON.stringify(schema) }),
  })
  return z.object({ id: z.number() }).parse(await response.json()).id
}

/** Publishes an arrival as a switch does that was updated before everybody else. */
async function arriveNewer(schemaId: number): Promise<string> {
  const callId = `newer-${randomBytes(6).toString('hex')}`
  const known = world.codec.encode('call.arrived', { ...PLAIN_CALL, callId })
  // The new field comes last: one byte says that its text is empty.
  const value = Buffer.concat([known, Buffer.of(0)])
  value.writeInt32BE(schemaId, 1)
  await world.producer.append({
    topic: 'call.arrived',
    partition: partitionOf(Buffer.from(callId), world.settings.CALL_PARTITIONS),
    key: callId,
    value,
    headers: { [HEADER.requestNo]: '1' },
  })
  return callId
}

it('away at the start: the router waits for it, and is ready once it is there', async () => {
  await door.refuse()
  const router = world.launch('router')
  await router.firstLine(jsonLine(z.object({ msg: z.literal('waiting for schemas') })))
  const { callId } = await world.arrive({})
  await door.open()
  await whenReady(router)
  const { value } = await world.decisionOf(callId)
  expect(value.target.id).toBe('general')
  expect(world.witness.deadLetters()).toEqual([])
})

it('away later: calls are decided as ever, and nothing is set aside', async () => {
  await door.refuse()
  const sent = await Promise.all([1, 2, 3].map(() => world.arrive({})))
  for (const { callId } of sent) {
    const { value, record } = await world.decisionOf(callId)
    expect(value.trigger).toBe('DEADLINE')
    expect(record.appendedAt).toBeLessThanOrEqual(value.decideBy)
  }
  expect(world.witness.deadLetters()).toEqual([])
})

it('away when a newer schema comes: decided on time without the value, and not set aside', async () => {
  const schemaId = await registerNewer()
  const unlearned = await arriveNewer(schemaId)
  const { value, record } = await world.decisionOf(unlearned)
  expect(value).toMatchObject({ trigger: 'UNREADABLE', target: { id: 'general' } })
  expect(value.detail).toMatch(/schema/)
  expect(new Set(value.fallbacks.map(({ cause }) => cause))).toEqual(
    new Set(['SCHEMA_UNAVAILABLE']),
  )
  expect(record.appendedAt).toBeLessThanOrEqual(value.decideBy)

  await door.open()
  const learned = await arriveNewer(schemaId)
  expect((await world.decisionOf(learned)).value).toMatchObject({ trigger: 'DEADLINE' })
  expect(world.witness.deadLetters()).toEqual([])
})
