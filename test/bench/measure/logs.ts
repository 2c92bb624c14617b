/** Records and bytes of each topic, from the logs of an embedded broker. */
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** Bytes by topic, without the prefix: batches as they lie on disk. Topics of others are left out. */
export function bytesByTopic(dataDir: string, prefix: string): ReadonlyMap<string, number> {
  const bytes = new Map<string, number>()
  for (const folder of list(dataDir)) {
    const [, topic] = /^(.+)-\d+$/u.exec(folder) ?? []
    if (topic === undefined || !topic.startsWith(prefix)) continue
    const name = topic.slice(prefix.length)
    const logs = list(join(dataDir, folder)).filter((file) => file.endsWith('.log'))
    const own = logs.reduce((sum, file) => sum + sizeOf(join(dataDir, folder, file)), 0)
    bytes.set(name, (bytes.get(name) ?? 0) + own)
  }
  return bytes
}

function list(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch {
    // A topic that is being deleted.
    return []
  }
}

function sizeOf(file: string): number {
  try {
    return statSync(file).size
  } catch {
    return 0
  }
}
