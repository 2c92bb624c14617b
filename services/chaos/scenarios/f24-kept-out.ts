/** F24, the part of who may come in: rights that are taken away, passwords changed, a certificate expired. */
import type { Scenario, Stage } from '../scenario.ts'
import { busy, steady } from './load.ts'

/** From the first refusal to the line in the log. */
const SAID_WITHIN_MS = 10_000
/** What open connections bear of it. */
const UNHURT_MS = 3000
const crew = { routers: 1, backups: 0, enrichers: 1 } as const

async function withoutRight(
  stage: Stage,
  user: 'router' | 'enricher',
  topic: 'call.lookup' | 'call.routed',
): Promise<void> {
  await busy(stage)
  stage.strike(`${user}s may not write ${topic}`)
  await stage.access.mayWrite(user, topic, false)
  await stage.says(user === 'router' ? 'router' : 'enricher crm', 'XP_BROKER_AUTH', SAID_WITHIN_MS)
  await stage.wait(stage.windowMs)
  await stage.access.mayWrite(user, topic, true)
}

const rightsRevoked: Scenario = {
  id: 'F24-rights-revoked',
  row: 'F24',
  title: 'enrichers may not write lookups for a window, then routers no decisions',
  expected:
    'both say XP_BROKER_AUTH and go on by themselves once they may; without lookups calls are decided ' +
    'on time by their fallbacks, without decisions they are late',
  crew,
  load: steady(24_000),
  site: 'secured',
  tells: [{ dependency: 'crm', reason: 'CRM_NO_ANSWER' }],
  limit: 'keptOut',
  bounds: ['lagToZeroMs'],
  async play(stage) {
    await withoutRight(stage, 'enricher', 'call.lookup')
    await stage.wait(2 * stage.windowMs)
    await withoutRight(stage, 'router', 'call.routed')
  },
}

/** Cuts the connections of a role once, as a restart of brokers does. */
async function cut(stage: Stage, role: 'router' | 'enricher crm'): Promise<void> {
  await stage.trouble({ from: role, to: 'broker' }, { kind: 'reset' })
  await stage.wait(200)
  await stage.trouble({ from: role, to: 'broker' }, { kind: 'none' })
}

const passwordsChanged: Scenario = {
  id: 'F24-passwords-changed',
  row: 'F24',
  title:
    'the password of the routers is changed and they are restarted; that of the enrichers, too late',
  expected:
    'open connections stay, so who is restarted in time loses nothing; who is not is refused at its ' +
    'next connection and says XP_BROKER_AUTH, calls are decided on time without it until it is started anew',
  crew,
  load: steady(26_000),
  site: 'secured',
  tells: [{ dependency: 'crm', reason: 'CRM_NO_ANSWER' }],
  bounds: ['handOverMs', 'lagToZeroMs'],
  async play(stage) {
    const [router] = stage.actors('router')
    const [enricher] = stage.actors('enricher crm')
    if (router === undefined || enricher === undefined) throw new Error('a service does not run')
    await busy(stage)
    stage.strike('change the password of the routers, and start another')
    await stage.access.changePassword('router')
    await stage.wait(UNHURT_MS)
    await stage.start('router')
    const beganMs = performance.now()
    await router.signal('SIGTERM')
    stage.measured('handOverMs', performance.now() - beganMs)

    await busy(stage)
    stage.strike('change the password of the enrichers, and cut the connections of one')
    await stage.access.changePassword('enricher')
    await cut(stage, 'enricher crm')
    await stage.says('enricher crm', 'XP_BROKER_AUTH', SAID_WITHIN_MS)
    await stage.start('enricher crm')
    await enricher.signal('SIGTERM')
  },
}

const certificateExpired: Scenario = {
  id: 'F24-certificate-expired',
  row: 'F24',
  title:
    "the brokers' certificate expires, then the router's connections are cut; it is renewed 5 s later",
  expected:
    'open connections stay; new ones are refused, XP_BROKER_TLS is said and nothing is decided; once it ' +
    'is renewed the router goes on by itself',
  crew,
  load: steady(26_000),
  site: 'secured',
  limit: 'keptOut',
  bounds: ['lagToZeroMs'],
  async play(stage) {
    await stage.access.certificate('expired')
    await stage.wait(UNHURT_MS)
    await busy(stage)
    stage.strike('cut the connections of the router')
    await cut(stage, 'router')
    await stage.says('router', 'XP_BROKER_TLS', SAID_WITHIN_MS)
    await stage.wait(5000)
    await stage.access.certificate('valid')
  },
}

export const scenarios: readonly Scenario[] = [rightsRevoked, passwordsChanged, certificateExpired]
