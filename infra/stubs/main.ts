/**
 * Runs the stub systems of record as one process, for compose and the demo. Says where they listen in
 * one line of JSON on stdout. Ends on SIGTERM and SIGINT, and when the process that started it closes
 * its stdin, if STUB_STOP_WITH_STDIN says so.
 */
import { z } from 'zod'
import { createGroundTruth } from './ground-truth.ts'
import { createPeople, DEFAULT_PEOPLE } from './people.ts'
import { startStubs } from './stubs.ts'

const port = z.coerce.number().int().min(0).max(65_535).default(0)

const ENVIRONMENT = z.object({
  STUB_HOST: z.string().default('127.0.0.1'),
  STUB_CRM_PORT: port,
  STUB_BILLING_PORT: port,
  STUB_SCHEDULING_PORT: port,
  STUB_PRIORITY_PORT: port,
  STUB_CONTROL_PORT: port,
  STUB_SEED: z.coerce.number().int().min(0).default(1),
  STUB_PEOPLE: z.coerce.number().int().min(2).max(4950).default(DEFAULT_PEOPLE),
  STUB_PACE: z.enum(['instant', 'usual']).default('usual'),
  STUB_TRUTH_FILE: z.string().optional(),
  STUB_STOP_WITH_STDIN: z.stringbool().default(false),
  PRIORITY_DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/ }).optional(),
})

/** The address without its password, fit for a log. */
function publicUrl(url: string): string {
  const shown = new URL(url)
  shown.password = ''
  return shown.href
}

async function main(): Promise<void> {
  const parsed = ENVIRONMENT.safeParse(process.env)
  if (!parsed.success) {
    process.stderr.write(`The environment is wrong:\n${z.prettifyError(parsed.error)}\n`)
    process.exitCode = 2
    return
  }
  const env = parsed.data
  const truth = createGroundTruth(
    env.STUB_TRUTH_FILE === undefined ? {} : { file: env.STUB_TRUTH_FILE },
  )
  const stubs = await startStubs({
    host: env.STUB_HOST,
    ports: {
      crm: env.STUB_CRM_PORT,
      billing: env.STUB_BILLING_PORT,
      scheduling: env.STUB_SCHEDULING_PORT,
      priority: env.STUB_PRIORITY_PORT,
      control: env.STUB_CONTROL_PORT,
    },
    people: createPeople(env.STUB_SEED, env.STUB_PEOPLE),
    seed: env.STUB_SEED,
    pace: env.STUB_PACE,
    truth,
    priorityDatabaseUrl: env.PRIORITY_DATABASE_URL ?? null,
  })
  const stop = (): void => {
    stubs.close().then(
      () => process.exit(0),
      () => process.exit(1),
    )
  }
  process.once('SIGTERM', stop)
  process.once('SIGINT', stop)
  if (env.STUB_STOP_WITH_STDIN) process.stdin.once('close', stop).resume()
  const said = {
    host: stubs.host,
    ports: stubs.ports,
    priorityUrl: publicUrl(stubs.priorityUrl),
    pid: process.pid,
  }
  process.stdout.write(`${JSON.stringify(said)}\n`)
}

try {
  await main()
} catch (error) {
  process.stderr.write(`The stubs could not start: ${(error as Error).message}\n`)
  process.exitCode = 1
}
