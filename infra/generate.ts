/**
 * Writes the pages of docs/ that are made from tables in the code. `--check` writes nothing and exits 1
 * when a page is not what would be written.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { exportPage } from '../services/audit/export/page.ts'
import { errorsPage } from '../services/platform/error-text.ts'
import { settingsPage } from '../services/platform/settings.ts'
import { topicsPage } from '../services/platform/topics/page.ts'

const docs = new URL('../docs/', import.meta.url)

const PAGES: Readonly<Record<string, () => string>> = {
  'configuration.md': settingsPage,
  'errors.md': errorsPage,
  'export.md': exportPage,
  'topics.md': topicsPage,
}

mkdirSync(docs, { recursive: true })
for (const [name, page] of Object.entries(PAGES)) {
  const file = new URL(name, docs)
  const text = page()
  if (!process.argv.includes('--check')) {
    writeFileSync(file, text)
  } else if (!existsSync(file) || readFileSync(file, 'utf8') !== text) {
    console.error(`docs/${name} is not what the code says: run \`npm run generate\``)
    process.exitCode = 1
  }
}
