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
-- DuckDB: how many callers fell back because the CRM was slow, and did it matter? What came late proves it.
SELECT f.reason, f.targetId, count(*) AS calls, count(l.eventId) AS answeredLate,
  count(*) FILTER (l.differs) AS wouldHaveGoneElsewhere
FROM 'audit/fallback/*.parquet' f LEFT JOIN 'audit/late/*.parquet' l USING (decisionId, dependency)
WHERE dependency = 'crm' AND f.outcome = 'TIMED_OUT' GROUP BY ALL;

-- what a dependency cost: waits by outcome
SELECT lookup.dependency, lookup.outcome, count(*), quantile_cont(lookup.latencyMs, 0.99)
FROM (SELECT unnest(lookups) AS lookup FROM 'audit/decision/*.parquet' WHERE effective)
GROUP BY ALL;
\`\`\`

With \`pip install pandas pyarrow\`:

\`\`\`python
import pandas, json
fallback = pandas.read_parquet('audit/fallback')
late = pandas.read_parquet('audit/late')[['decisionId', 'dependency', 'differs']]
matter = fallback.merge(late, how='left', on=['decisionId', 'dependency'])
matter.groupby('reason')['differs'].agg(['size', 'count', 'sum'])   # calls, answered late, would differ

decision = pandas.read_parquet('audit/decision').query('effective')
lines = decision['arrival'].map(json.loads).map(lambda inputs: inputs.get('dnis'))
\`\`\`

A table without a record has no file. JSON lines and CSV are read by guessing: an empty list or a column
of nulls has no type there, and what is JSON text in CSV stays text (\`json.loads\`,
\`from_json(lookups, …)\`). Parquet says of each column what it is.

The topics themselves, without an export: Avro behind five bytes, a zero and the schema's number in the
registry. With \`pip install kafka-python fastavro\`:

\`\`\`python
import io, json, os, struct, urllib.request
from fastavro import parse_schema, schemaless_reader
from kafka import KafkaConsumer

schemas = {}

def decode(value):
    _zero, number = struct.unpack('>bI', value[:5])
    if number not in schemas:
        with urllib.request.urlopen(f"{os.environ['SCHEMA_REGISTRY_URL']}/schemas/ids/{number}") as answer:
            schemas[number] = parse_schema(json.loads(json.load(answer)['schema']))
    return schemaless_reader(io.BytesIO(value[5:]), schemas[number])

topic = os.environ.get('TOPIC_PREFIX', '') + 'audit.fallback'
for record in KafkaConsumer(topic, bootstrap_servers=os.environ['KAFKA_BROKERS'],
                            auto_offset_reset='earliest', consumer_timeout_ms=5000):
    reason = decode(record.value)
    print(reason['appendedAt'], reason['reason'], reason['sentence'])
\`\`\`

Ids (\`eventId\`, \`decisionId\`) tell repeats of a record, which topics may hold.

Count calls over rows of \`decision\` with \`effective\`; a call that asks again has several, one for each
\`requestNo\`. Join \`fallback\` and \`late\` on \`decisionId\` (and \`dependency\`).

\`crosspoint audit sql "SELECT …" --export audit\` has the same tables, whatever the format (\`routed\` only
where it was exported with \`--topic call.routed\`), and these views:

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
