/** Overrides are listed as enrichers go by them. */
import { expect, test } from 'vitest'
import { readOverrides } from '../../../services/override/read.ts'
import { storedTopics } from '../audit/stored.ts'

const set = (dependency: string) => ({
  dependency,
  action: 'SET' as const,
  facts: { open: false },
  expiresAt: null,
  author: 'jo',
  reason: 'storm',
  setAt: 0,
  tokenKeyId: null,
})

test('what a tombstone took away stands no more, and what can not be read changes nothing', async () => {
  const topics = storedTopics()
  const at = { topic: 'ops.override', partition: 0 } as const
  topics.put('ops.override', set('crm'), 0, 'crm')
  topics.put('ops.override', set('billing'), 0, 'billing')
  topics.broker.append({ ...at, key: 'crm', value: null })
  topics.broker.append({ ...at, key: 'billing', value: Buffer.from('no avro') })
  const found = await topics.read((source) => readOverrides(source))
  expect(found.map(({ dependency }) => dependency)).toEqual(['billing'])
})
