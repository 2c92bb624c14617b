import fc from 'fast-check'

/**
 * One seed for all property tests of a run, so that the same commit always gives the same answer.
 * `PROPERTY_SEED=random npm run test:unit` looks further; a failure prints its seed, and what it
 * found becomes a test of its own.
 */
const asked = process.env['PROPERTY_SEED'] ?? '20261121'

if (asked !== 'random') {
  const seed = Number(asked)
  if (!Number.isSafeInteger(seed)) {
    throw new Error(`PROPERTY_SEED is '${asked}': give a whole number, or 'random'`)
  }
  fc.configureGlobal({ seed })
}
