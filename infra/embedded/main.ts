/**
 * `make up` and `make down`. What other programs need goes to standard output, as lines a shell can
 * evaluate (`eval "$(make -s up)"`); what people read goes to standard error.
 */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { CrosspointError } from '../../services/errors.ts'
import { down, isKeepWord, keep, up } from './kept.ts'

const program = fileURLToPath(import.meta.url)
const crosspoint = join(import.meta.dirname, '..', '..', 'bin', 'crosspoint')
const say = (line: string): void => void process.stderr.write(`${line}\n`)

async function main(): Promise<void> {
  const [word] = process.argv.slice(2)
  if (isKeepWord(word)) return keep()
  if (word === 'up') return bringUp()
  if (word === 'down') {
    say((await down()) ? 'Stopped, and its data removed.' : 'Nothing was running.')
    return
  }
  throw new CrosspointError('XP_USAGE', `\`${word ?? ''}\` is not a command here.`, {
    remedy: 'Use `make up` or `make down`.',
  })
}

async function bringUp(): Promise<void> {
  const { kept, began } = await up(program, say)
  say(began ? 'Kafka and the schema registry run.' : 'Kafka and the schema registry run already.')
  const environment = { KAFKA_BROKERS: kept.brokers, SCHEMA_REGISTRY_URL: kept.registryUrl }
  for (const [name, value] of Object.entries(environment)) {
    process.stdout.write(`export ${name}=${value}\n`)
  }
  prepare(environment)
}

/** Topics and schemas, so that a client can start at once; what is there already stays as it is. */
function prepare(environment: Readonly<Record<string, string>>): void {
  for (const command of ['topics', 'schemas']) {
    const { status } = spawnSync(crosspoint, [command, 'apply'], {
      stdio: ['ignore', 2, 2],
      env: { ...process.env, ...environment },
    })
    if (status !== 0) {
      process.exitCode = 1
      say(
        `\`crosspoint ${command} apply\` failed; the cluster keeps running (\`make down\` stops it).`,
      )
      return
    }
  }
}

await main().catch((error: unknown) => {
  if (!(error instanceof CrosspointError)) throw error
  say(`error ${error.code}  ${error.message}\n  ${error.remedy}`)
  process.exitCode = error.code === 'XP_USAGE' ? 2 : 3
})
