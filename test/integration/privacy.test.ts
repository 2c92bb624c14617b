/**
 * Personal data (design §9, I10): a value of its own goes in through every door, and everything that
 * comes out is searched for it. What is of class keep must come through, or nothing was searched.
 */
import { execFile } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createPrivacy } from '../../services/platform/privacy.ts'
import { arrival, CALLERS, FACTS, OF_CALL, type Mark, OVERRIDE, POISON } from './privacy/marks.ts'
import { type Source, startSource } from './privacy/source.ts'
import { setUp } from './privacy/policy.ts'
import { appearances, type Text } from './privacy/search.ts'
import { asText, decoded, everyRecord, headersOf, type Stored } from './privacy/stored.ts'
import { CROSSPOINT, openWorld, type Service, type World } from './world/world.ts'

const scratch = mkdtempSync(join(tmpdir(), 'crosspoint-privacy-'))
const KEYS = [
  { TOKEN_KEY_ID: 'before', TOKEN_KEY: 'the key before rotation, 32 signs or more' },
  { TOKEN_KEY_ID: 'after', TOKEN_KEY: 'the key after rotation, 32 signs or more' },
] as const
const DEPENDENCIES = ['crm', 'billing', 'scheduling', 'priority'] as const
const CALLERS_ASK_AGAIN = 'asks-again'

let world: World
let source: Source
let environment: Readonly<Record<string, string>>
/** What was logged, measured, printed, exported; and what stands in the topics. */
const said: Text[] = []
let stored: readonly Stored[]

const run = async (...args: readonly string[]): Promise<{ code: number; text: string }> => {
  const env = { ...process.env, ...environment }
  const command = promisify(execFile)(CROSSPOINT, [...args], { env, maxBuffer: 50_000_000 })
  const { stdout, stderr, code } = await command.then(
    (ended) => ({ ...ended, code: 0 }),
    (error: unknown) => error as { stdout: string; stderr: string; code: number },
  )
  return { code, text: `${stdout}\n${stderr}` }
}

/** Runs a command whose every word is searched. */
async function say(...args: readonly string[]): Promise<string> {
  const { text } = await run(...args)
  said.push({ where: `crosspoint ${args.slice(0, 2).join(' ')}`, text })
  return text
}

/** Each caller once; resolves when the audit has the decision, and the late answer where one comes. */
async function feed(): Promise<void> {
  const headers = { traceparent: OF_CALL.traceparent.value, 'x-caller': OF_CALL.header.value }
  const sent = await Promise.all(
    Object.entries(CALLERS).map(async ([name, { ani }]) => {
      const aniPresentation = name === 'withheld' ? 'RESTRICTED' : 'ALLOWED'
      await world.arrive({ ...arrival(ani.value), aniPresentation, callId: name }, { headers })
      return name
    }),
  )
  await Promise.all(sent.map(audited))
  await world.witness.first('the late answer', 'audit.late', ({ callId }) => callId === 'late')
}

const audited = (callId: string) =>
  world.witness.first(
    `the audit of ${callId}`,
    'audit.decision',
    (value) => value.callId === callId && value.effective,
  )

/** An arrival of bytes that nobody can read, with a key and a header that name the call. */
async function poison(): Promise<void> {
  const headers = { 'request-no': '1', traceparent: OF_CALL.traceparent.value }
  const value = Buffer.concat([Buffer.of(0, 0, 0, 0, 1), Buffer.from(POISON.value)])
  for (const topic of ['call.arrived', 'call.lookup'] as const) {
    const key = `poisoned-${topic}`
    await world.producer.append({ topic, partition: 0, key, value, headers })
  }
  await world.witness.until(
    'two dead letters',
    () => world.witness.deadLetters().length >= 2 || null,
  )
  await audited('poisoned-call.arrived')
}

/** Facts by hand for a call, and a reason that names a number, which must be refused. */
async function override(): Promise<void> {
  const { name, customerId, tier, author, reason, number } = OVERRIDE
  const facts = [`name=${name.value}`, `customerId=${customerId.value}`, `tier=${tier.value}`]
  const set = (why: string) => [
    'override',
    'set',
    'crm',
    '--expires-in=1h',
    `--author=${author.value}`,
    `--reason=${why}`,
    ...facts.map((fact) => `--fact=${fact}`),
  ]
  const refused = await run(...set(`asked by ${number.value}`))
  said.push({ where: 'a refused override', text: refused.text })
  expect(refused.code).toBe(2)
  expect((await run(...set(reason.value))).code).toBe(0)
  await world.arrive({ ...arrival(CALLERS.found.ani.value), callId: 'overridden' })
  await audited('overridden')
  expect((await run('override', 'clear', 'crm', '--author', 'jo', '--reason', 'over')).code).toBe(0)
}

/** The same caller under both keys: the second router takes over from the first. */
async function rotate(first: Service): Promise<Service> {
  await world.arrive({ ...arrival(CALLERS.found.ani.value), callId: CALLERS_ASK_AGAIN })
  await audited(CALLERS_ASK_AGAIN)
  await first.child.stop()
  const second = await world.start('router', { ...environment, ...KEYS[1] })
  await world.arrive({
    ...arrival(CALLERS.found.ani.value),
    callId: CALLERS_ASK_AGAIN,
    requestNo: 2,
  })
  await world.witness.first(
    'the decision under the other key',
    'audit.decision',
    ({ callId, requestNo }) => callId === CALLERS_ASK_AGAIN && requestNo === 2,
  )
  return second
}

async function collect(services: readonly Service[]): Promise<void> {
  for (const service of services) {
    said.push({ where: `metrics of ${service.name}`, text: await service.metrics() })
  }
  const folder = join(scratch, 'export')
  await Promise.all([
    say('audit', 'export', '--out', folder),
    say('audit', 'tail', '--once', '--from', 'start', '--decisions', '--json'),
    say('audit', 'verify', '--json'),
  ])
  await Promise.all([
    say('audit', 'report', '--json', '--html', join(scratch, 'report.html')),
    say('audit', 'show', 'found'),
    say('audit', 'show', 'late', '--json'),
    say('audit', 'export', '--out', join(scratch, 'routed'), '--topic', 'call.routed'),
    say('policy', 'explain', '--call', 'found'),
    say('dlt', 'list'),
  ])
  const pages = readdirSync(scratch, { recursive: true, withFileTypes: true })
  for (const page of pages.filter((one) => one.isFile() && !/ya?ml$/.test(one.name))) {
    const text = readFileSync(join(page.parentPath, page.name), 'utf8')
    said.push({ where: page.name, text })
  }
}

beforeAll(async () => {
  source = await startSource()
  world = await openWorld()
  environment = {
    ...world.environment,
    ...setUp(scratch),
    ...KEYS[0],
    CRM_URL: source.url,
    BILLING_URL: source.url,
    SCHEDULING_URL: source.url,
    LOG_LEVEL: 'debug',
  }
  const started = ['router', ...DEPENDENCIES.map((name) => `enricher ${name}`)]
  const [router, ...enrichers] = await Promise.all(
    started.map((command) => world.start(command, environment)),
  )
  if (router === undefined) throw new Error('no router')
  await feed()
  await poison()
  await override()
  said.push({ where: 'metrics of the first router', text: await router.metrics() })
  const second = await rotate(router)
  const services = [second, ...enrichers]
  await collect(services)
  stored = await everyRecord(world)
  for (const { name, logFile } of [router, ...services]) {
    said.push({ where: `log of ${name}`, text: readFileSync(logFile, 'utf8') })
  }
})
afterAll(async () => {
  await world[Symbol.asyncDispose]()
  await source.close()
  rmSync(scratch, { recursive: true, force: true })
})

const MARKS: readonly Mark[] = [
  ...Object.values(CALLERS).flatMap(({ ani, answers }) => [ani, ...answers]),
  ...Object.values(OF_CALL),
  ...Object.values(FACTS),
  ...Object.values(OVERRIDE),
  POISON,
]

it('every door was open: each source was asked, each mark went in where it may stand', () => {
  expect(source.asked()).toEqual(expect.arrayContaining(Object.keys(CALLERS).filter(isAsked)))
  const values = stored.map((one) => ({
    where: one.topic,
    text: asText(one.record.value) + decoded(world, one) + headersOf(one.record),
  }))
  const absent = MARKS.flatMap((mark) =>
    mark.stands
      .filter(
        (topic) =>
          appearances(
            mark,
            values.filter(({ where }) => where === topic),
          ).length === 0,
      )
      .map((topic) => `${mark.name} in ${topic}`),
  )
  expect(absent).toEqual([])
})

const isAsked = (name: string): boolean => name !== 'withheld'

it('a number is found however it is written', () => {
  const { ani } = CALLERS.found
  const written = ['+49 30 997 71101', '(030) 997-71101', 'x99771101y', '493099771101']
  const texts = written.map((text) => ({ where: text, text }))
  expect(appearances(ani, texts)).toHaveLength(written.length)
  expect(appearances(ani, [{ where: 'its mask', text: '+**********01' }])).toEqual([])
})

it('no topic holds in its values what its records must not hold', () => {
  const found = MARKS.flatMap((mark) => {
    const forbidden = stored.filter(({ topic }) => !mark.allowed.includes(topic))
    const texts = forbidden.flatMap((one) => [
      { where: `${one.topic}, bytes`, text: asText(one.record.value) },
      { where: one.topic, text: decoded(world, one) },
    ])
    return appearances(mark, texts)
  })
  expect([...new Set(found)]).toEqual([])
})

it('no key and no header of ours holds a mark', () => {
  // What a switch wrote around its own record is there as it wrote it, also around a dead letter.
  const ours = stored.map(({ topic, record }) => {
    const headers = topic.endsWith('.dlt')
      ? Object.fromEntries(
          Object.entries(record.headers).filter(([name]) => name.startsWith('dlt-')),
        )
      : topic === 'call.arrived'
        ? {}
        : record.headers
    const isRaw = topic === 'call.lookup' && asText(record.key).startsWith('poisoned')
    return {
      where: `key or headers in ${topic}`,
      text: `${asText(record.key)}\n${isRaw ? '' : headersOf({ ...record, headers })}`,
    }
  })
  expect([...new Set(MARKS.flatMap((mark) => appearances(mark, ours)))]).toEqual([])
})

it('no log, metric, error, report or export holds a mark that the audit must not hold', () => {
  expect(said.filter(({ text }) => text.trim() === '')).toEqual([])
  const found = MARKS.filter(({ audit }) => !audit).flatMap((mark) => appearances(mark, said))
  expect([...new Set(found)]).toEqual([])
})

it('no log and no metric holds even what the audit keeps', () => {
  const telemetry = said.filter(({ where }) => /^(log|metrics) of/.test(where))
  expect([...new Set(MARKS.flatMap((mark) => appearances(mark, telemetry)))]).toEqual([])
})

it('what is of class token stands in the audit as its token, by the key the record names', () => {
  const [before] = KEYS
  const privacy = createPrivacy({ id: before.TOKEN_KEY_ID, secret: before.TOKEN_KEY })
  const found = world.witness
    .all('audit.decision')
    .find(({ value }) => value.callId === 'found')?.value
  expect(found).toMatchObject({
    callerToken: privacy.token(CALLERS.found.ani.value),
    tokenKeyId: before.TOKEN_KEY_ID,
    factsKeyId: before.TOKEN_KEY_ID,
    arrival: {
      ced: privacy.token(OF_CALL.ced.value),
      transferOf: privacy.token(OF_CALL.transferOf.value),
      'attributes.badge': privacy.token(OF_CALL.badge.value),
    },
  })
  const crm = found?.lookups.find(({ dependency }) => dependency === 'crm')
  expect(crm?.facts).toEqual({
    customerId: privacy.token(FACTS.customerId.value),
    openTicketId: privacy.token(FACTS.openTicketId.value),
    tokenList: [privacy.token(FACTS.tokenList.value)],
    tokenLong: privacy.token(FACTS.tokenLong.value),
    tier: FACTS.tier.value,
    language: FACTS.language.value,
    valueBand: FACTS.valueBand.value,
    ticketOwner: FACTS.ticketOwner.value,
    ticketTeam: FACTS.ticketTeam.value,
    knownIssue: FACTS.knownIssue.value,
  })
  const { value: history } = world.witness.all('audit.override')[0] ?? {}
  expect(history?.tokenKeyId).toBe(before.TOKEN_KEY_ID)
  expect(history?.facts).toEqual({
    customerId: privacy.token(OVERRIDE.customerId.value),
    tier: OVERRIDE.tier.value,
  })
})

it('a caller has one token for as long as the key stays, and another under another key', () => {
  // By their ids: an auditor that comes after another may tell the same decision again.
  const told = world.witness
    .all('audit.decision')
    .map(({ value }) => [value.decisionId, value] as const)
  const decisions = [...new Map(told).values()]
  const tokens = (keyId: string) =>
    decisions
      .filter(({ callId }) => ['found', 'overridden', CALLERS_ASK_AGAIN].includes(callId))
      .filter(({ tokenKeyId }) => tokenKeyId === keyId)
      .map(({ callerToken }) => callerToken)
  const [before, after] = KEYS.map(({ TOKEN_KEY_ID }) => tokens(TOKEN_KEY_ID))
  expect(before).toHaveLength(3)
  expect(after).toHaveLength(1)
  expect(new Set(before).size).toBe(1)
  expect(before).not.toContain(after?.[0])
})

it('a number that the caller withheld leaves not even a token', () => {
  const withheld = world.witness
    .all('audit.decision')
    .find(({ value }) => value.callId === 'withheld')?.value
  expect(withheld).toMatchObject({ callerToken: null, callerMasked: null })
})
