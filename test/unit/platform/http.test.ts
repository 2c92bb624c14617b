import { EventEmitter } from 'node:events'
import { pino } from 'pino'
import { describe, expect, test } from 'vitest'
import { startHttp, type Check } from '../../../services/platform/http.ts'
import { createLifecycle } from '../../../services/platform/lifecycle.ts'
import { createMetrics } from '../../../services/platform/metrics.ts'

const LOOPBACK = '127.0.0.1'

describe('health and metrics', () => {
  test('ready only when every check is fine; each tells its reason', async () => {
    const metrics = createMetrics({ service: 'router', processes: false }).registry
    const checks = new Map<string, Check>()
    const http = await startHttp({ host: LOOPBACK, port: 0, metrics, checks })
    const ready = () => fetch(`http://${LOOPBACK}:${http.port}/readyz`)
    try {
      expect((await ready()).status).toBe(503)
      checks.set('kafka', () => 'no assignment yet').set('schemas', () => null)
      const answer = await ready()
      expect(answer.status).toBe(503)
      expect(await answer.json()).toEqual({
        status: 'not ready',
        checks: [
          { name: 'kafka', ready: false, reason: 'no assignment yet' },
          { name: 'schemas', ready: true },
        ],
      })
      checks.set('kafka', () => null)
      expect((await ready()).status).toBe(200)
      const at = (path: string, method = 'GET') =>
        fetch(`http://${LOOPBACK}:${http.port}${path}`, { method })
      expect((await at('/livez?from=probe')).status).toBe(200)
      expect(await (await at('/livez', 'HEAD')).text()).toBe('')
      expect(await (await at('/metrics')).text()).toContain('crosspoint_decisions_total')
      expect((await at('/nothing')).status).toBe(404)
      expect((await at('/livez', 'POST')).status).toBe(404)
    } finally {
      await http.close()
    }
  })

  test('metrics carry their service, and each says when to worry', async () => {
    const metrics = createMetrics({ service: 'router' })
    metrics.decisions.inc({ trigger: 'DEADLINE', lane: 'PRIMARY' })
    const text = await metrics.registry.metrics()
    expect(text).toContain(
      'crosspoint_decisions_total{trigger="DEADLINE",lane="PRIMARY",service="router"} 1',
    )
    expect(text).toContain('nodejs_eventloop_lag_p99_seconds')
    for (const { name, help } of await metrics.registry.getMetricsAsJSON()) {
      if (name.startsWith('crosspoint_')) expect(help.length, name).toBeGreaterThan(40)
    }
  })

  test('a port that is taken is one coded error', async () => {
    const metrics = createMetrics({ service: 'x', processes: false }).registry
    const options = { host: LOOPBACK, metrics, checks: new Map<string, Check>() }
    const first = await startHttp({ ...options, port: 0 })
    try {
      await expect(startHttp({ ...options, port: first.port })).rejects.toMatchObject({
        code: 'XP_PORT_TAKEN',
      })
    } finally {
      await first.close()
    }
  })
})

describe('lifecycle', () => {
  const host = () => {
    const codes: number[] = []
    return Object.assign(new EventEmitter(), {
      codes,
      exit: (code: number) => void codes.push(code),
    })
  }
  const log = pino({ level: 'silent' })

  test('a signal stops step by step, the last added first, and a failing step stops no other', async () => {
    const fake = host()
    const lifecycle = createLifecycle({ log, timeoutMs: 5000, host: fake as never })
    const order: string[] = []
    lifecycle.onStop('http', () => void order.push('http'))
    lifecycle.onStop('broken', () => {
      order.push('broken')
      throw new Error('no')
    })
    lifecycle.onStop('group', async () => void order.push('group'))
    fake.emit('SIGTERM', 'SIGTERM')
    await lifecycle.stopped
    expect(order).toEqual(['group', 'broken', 'http'])
    expect(fake.codes).toEqual([])
    expect(fake.listenerCount('SIGTERM')).toBe(0)
  })

  test('past the deadline, and on a second signal, the process ends with 1', async () => {
    const fake = host()
    const lifecycle = createLifecycle({ log, timeoutMs: 1, host: fake as never })
    const hanging = Promise.withResolvers<void>()
    lifecycle.onStop('hangs', () => hanging.promise)
    const exited = new Promise<void>((resolve) => {
      fake.exit = (code) => {
        fake.codes.push(code)
        resolve()
      }
    })
    fake.emit('SIGTERM', 'SIGTERM')
    await exited
    fake.emit('SIGINT', 'SIGINT')
    expect(fake.codes).toEqual([3, 3])
    hanging.resolve()
    await lifecycle.stopped
  })

  test('an error nobody caught ends the process with 3', async () => {
    const fake = host()
    const lifecycle = createLifecycle({ log, timeoutMs: 5000, host: fake as never })
    fake.emit('unhandledRejection', new Error('lost'))
    expect(fake.codes).toEqual([3])
    await lifecycle.stop('test')
  })
})
