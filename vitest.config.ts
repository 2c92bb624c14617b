import { defineConfig } from 'vitest/config'

/**
 * Four tiers. `unit` is pure and runs in parallel; `simulator` runs the real services over the
 * in-memory broker in virtual time; `conformance` and `integration` need the embedded cluster, which
 * their global set-up starts once on free ports.
 */
const tier = (name: string, extra: Record<string, unknown> = {}) => ({
  test: {
    name,
    include: [`test/${name}/**/*.test.ts`],
    setupFiles: ['test/properties.ts'],
    testTimeout: 60_000,
    ...extra,
  },
})

const onKafka = {
  fileParallelism: false,
  hookTimeout: 120_000,
  globalSetup: ['test/cluster-setup.ts'],
}

export default defineConfig({
  test: {
    projects: [
      tier('unit'),
      tier('simulator', { testTimeout: 600_000 }),
      tier('conformance', onKafka),
      tier('integration', { ...onKafka, testTimeout: 180_000 }),
    ],
  },
})
