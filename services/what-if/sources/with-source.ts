/** Opens a source by what names it. */
import { withTool } from '../../platform/tool.ts'
import { openFolderSource } from './folder.ts'
import type { RecordingSource, SourceSpec } from './source.ts'
import { topicsSource } from './topics.ts'

/** Opens, runs and closes. Rejects with a CrosspointError when the source can't be opened or read. */
export async function withSource<T>(
  spec: SourceSpec,
  run: (source: RecordingSource) => Promise<T>,
): Promise<T> {
  if (spec.kind === 'folder') return run(openFolderSource(spec.path))
  return withTool('what-if', ({ client, codec }) =>
    run(topicsSource({ client, codec, from: spec.from })),
  )
}
