import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { createMetrics } from '../../../services/platform/metrics.ts'

const root = join(import.meta.dirname, '../../..')
const text = (path: string): string => readFileSync(join(root, path), 'utf8')

const Rules = z.object({
  groups: z.array(z.object({ rules: z.array(z.object({ alert: z.string(), expr: z.string() })) })),
})
const Compose = z.object({
  services: z.record(z.string(), z.object({ image: z.string() }).loose()),
})

describe('alert rules', () => {
  const { groups } = Rules.parse(parse(text('infra/prometheus/alerts.yml')))
  const rules = groups.flatMap((group) => group.rules)
  const declared = new Set(
    createMetrics({ service: 'test', processes: false })
      .registry.getMetricsAsArray()
      .map((metric) => metric.name),
  )

  it.each(rules.map((rule) => [rule.alert, rule.expr]))(
    '%s asks for metrics that exist',
    (_, expr) => {
      const asked = [...expr.matchAll(/crosspoint_\w+/gu)].map(([name]) =>
        name.replace(/_(?:bucket|sum|count)$/u, ''),
      )
      expect(asked.length).toBeGreaterThan(0)
      expect(asked.filter((name) => !declared.has(name))).toEqual([])
    },
  )
})

describe('versions', () => {
  const { services } = Compose.parse(parse(text('docker-compose.yml'), { merge: true }))
  const pom = text('infra/embedded/pom.xml')
  const containers = text('infra/embedded/containers.ts')
  const inPom = (name: string) => new RegExp(`<${name}>([^<]+)<`, 'u').exec(pom)?.[1]

  it.each([
    ['kafka', 'kafka.version'],
    ['registry', 'apicurio.version'],
  ])('of %s are the same wherever it comes from', (service, property) => {
    const image = services[service]?.image ?? ''
    expect(image.split(':')[1]).toBe(inPom(property))
    expect(containers).toContain(`'${image}'`)
  })

  it('of Node in the image is the one development uses', () => {
    const { devDependencies } = z
      .object({ devDependencies: z.object({ node: z.string() }) })
      .parse(JSON.parse(text('package.json')))
    const images = [...text('infra/docker/Dockerfile').matchAll(/^FROM node:([\d.]+)/gmu)]
    expect(images.map(([, version]) => version)).toEqual(images.map(() => devDependencies.node))
    expect(images.length).toBe(2)
  })
})
