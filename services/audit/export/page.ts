/** docs/export.md: the layout of an export, from the same columns that write it. */
import { VIEWS } from '../sql/views.ts'
import { sqlType } from './columns.ts'
import { loadTables, type Table } from './tables.ts'

const HEAD = `<!-- Generated from schemas/ and services/audit by \`npm run generate\`. -->
# Exports

\`crosspoint audit export --out audit --format parquet\` writes the audit topics as files:

\`\`\`
audit/
  export.json                  what was exported so far; the same command again goes on from it
  decision/part-00001.parquet  a folder a table, its parts in order
  fallback/part-00001.parquet
  …
\`\`\`

- \`--format jsonl\` (the default), \`csv\` or \`parquet\` (zstd). Read all parts of a folder together.
- A part is whole whenever it has its name. What a broken run left has a name that begins with a dot and
  is removed by the next run; a part that was damaged since is written again.
- Repeats of a record are left out: within a table the last 200,000 ids are remembered, and a run that
  goes on reads 60 s back to know the ids before it. Unreadable records are counted and left out.
- \`--from\` and \`--to\` are append times; \`--to\` is exclusive. An age such as \`1d\` means what it meant when
  the export began.
- Callers are tokens (\`callerToken\`, made with the key \`tokenKeyId\`) and masked numbers. Facts of class
  \`token\` are tokens too, those of class \`drop\` are not there. An export holds nothing in clear that the
  topics do not, and of \`call.routed\` it leaves out the facts for the agent's screen.

## Types

| here | JSON lines | CSV |
|---|---|---|
| \`VARCHAR\`, \`INTEGER\`, \`BIGINT\`, \`DOUBLE\`, \`BOOLEAN\` | as they are | texts in quotes, numbers and booleans without |
| \`TIMESTAMPTZ\` | ISO 8601 text, UTC, milliseconds | the same in quotes |
| \`T[]\`, \`STRUCT(…)[]\` | arrays and objects | JSON text |
| \`JSON\` (facts by name) | an object | JSON text |
| null | \`null\` | nothing between the commas |

In Parquet lists and structs are Parquet's own, \`JSON\` is text.

## Reading it

\`\`\`sql
-- DuckDB: how many callers fell back because billing was slow, and did it matter?
SELECT reason, decisive, count(*) FROM 'audit/fallback/*.parquet'
WHERE dependency = 'billing' GROUP BY ALL;

-- what a dependency cost: waits by outcome
SELECT lookup.dependency, lookup.outcome, count(*), quantile_cont(lookup.latencyMs, 0.99)
FROM (SELECT unnest(lookups) AS lookup FROM 'audit/decision/*.parquet' WHERE effective)
GROUP BY ALL;
\`\`\`

\`\`\`python
import pandas, json
fallback = pandas.read_parquet('audit/fallback')
decision = pandas.read_parquet('audit/decision').query('effective')
lines = decision['arrival'].map(json.loads).map(lambda inputs: inputs.get('dnis'))
\`\`\`

Count calls over rows of \`decision\` with \`effective\`; a call that asks again has several, one for each
\`requestNo\`. Join \`fallback\` and \`late\` on \`decisionId\` (and \`dependency\`).

\`crosspoint audit sql "SELECT …" --export audit\` has the same tables, whatever the format, and these views:

`

function section({ name, topic, means, columns }: Table): string {
  const rows = columns.map((one) => `| \`${one.name}\` | \`${sqlType(one.kind)}\` | ${one.doc} |`)
  return (
    `## ${name}\n\nFrom \`${topic}\`. A row is ${means}.\n\n` +
    `| column | type | meaning |\n|---|---|---|\n${rows.join('\n')}\n`
  )
}

export function exportPage(): string {
  const views = Object.entries(VIEWS).map(([name, { means }]) => `- \`${name}\`: ${means}.`)
  return `${HEAD}${views.join('\n')}\n\n${Object.values(loadTables()).map(section).join('\n')}`
}
