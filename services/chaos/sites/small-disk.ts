/** Brokers whose data are each on a small file system of their own, which can be filled to the brim. */
import { execFile } from 'node:child_process'
import { mkdirSync, openSync, closeSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { isAlive } from '../../../infra/embedded/run-folder.ts'
import { plainSite, type Site, Unfit } from './site.ts'

export interface Disk {
  /** Leaves no byte free. */
  fill(node: number): void
  /** As much free as before it was filled. */
  free(node: number): void
}

const run = promisify(execFile)
const SIZE = '192m'
/** By this name a later run finds what one that was killed left mounted. */
const SOURCE = 'crosspoint-disk'
const BALLAST = 'ballast'
const CHUNK = Buffer.alloc(1024 * 1024)
const PAGE = Buffer.alloc(4096)

async function unmount(folder: string): Promise<void> {
  await run('umount', ['--lazy', folder]).catch(() => undefined)
}

/** Of runs whose process is gone. */
async function unmountOrphans(): Promise<void> {
  for (const line of readFileSync('/proc/mounts', 'utf8').split('\n')) {
    const [source, folder = ''] = line.split(' ')
    const owner = Number(/crosspoint-disks-(\d+)\//.exec(folder)?.[1] ?? Number.NaN)
    if (source === SOURCE && Number.isInteger(owner) && !isAlive(owner)) await unmount(folder)
  }
}

/** Writes until nothing more fits, whole pieces first. */
function fillUp(file: string): void {
  const ballast = openSync(file, 'w')
  try {
    for (const piece of [CHUNK, PAGE]) {
      try {
        while (writeSync(ballast, piece) === piece.length);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
      }
    }
  } finally {
    closeSync(ballast)
  }
}

/** Throws Unfit where this process may not mount, as in most containers. */
export async function smallDiskSite(nodes: readonly number[]): Promise<Site> {
  const dataDir = join(tmpdir(), `crosspoint-disks-${process.pid}`)
  const folderOf = (node: number): string => join(dataDir, `node-${node}`)
  await using stack = new AsyncDisposableStack()
  stack.defer(() => rmSync(dataDir, { recursive: true, force: true }))
  try {
    await unmountOrphans()
    for (const node of nodes) {
      const folder = folderOf(node)
      mkdirSync(folder, { recursive: true })
      await run('mount', ['-t', 'tmpfs', '-o', `size=${SIZE}`, SOURCE, folder])
      stack.defer(() => unmount(folder))
    }
  } catch (error) {
    const { stderr, message } = error as Error & { stderr?: string }
    const why = (stderr ?? message).trim()
    throw new Unfit(`no small file system can be mounted here: ${why}`, { cause: error })
  }
  const mounted = stack.move()
  const disk: Disk = {
    fill: (node) => fillUp(join(folderOf(node), BALLAST)),
    free: (node) => rmSync(join(folderOf(node), BALLAST), { force: true }),
  }
  return {
    ...plainSite(),
    kind: 'small disk',
    options: { dataDir },
    heal: async () => nodes.forEach((node) => disk.free(node)),
    disk,
    [Symbol.asyncDispose]: () => mounted.disposeAsync(),
  }
}
