import { expect, test } from 'vitest'
import { timelineOf } from '../../../services/audit/show/timeline.ts'
import { decision, wholeEvidence } from './world.ts'

const late = wholeEvidence().topics.late.flatMap((one) => (one.value === null ? [] : [one.value]))

test('a call is drawn with its lookups as bars, its decision and what answered late', () => {
  const lines = timelineOf({ decision, late })
  expect(lines).toMatchInlineSnapshot(`
    [
      "call call-1  request 1  *********78",
      "  arrived  ●                                            00:00:01.000",
      "  crm      ├────────────────────────────────┤           2000 ms  TIMED_OUT (RESPONSE)",
      "  decided                                   ●           2001 ms  ALL_SETTLED",
      "  crm                                                 ● answered 597 ms after the decision",
      "",
      "  → queue general, priority 5; rule default of p@v1; flags MANUAL_LOOKUP",
      "    CRM_TIMEOUT: CRM lookup timed out after 2000 ms, routed to general",
    ]
  `)
})

test('a lookup that never answered has an open end, one that was not needed has no bar', () => {
  const [first] = decision.lookups
  if (first === undefined) throw new Error('expected a lookup')
  const open = { settledAt: null, settledOffset: null }
  const lookups = [
    { ...first, ...open, outcome: 'NO_ANSWER' as const },
    { ...first, ...open, dependency: 'billing', outcome: 'NOT_NEEDED' as const, cause: null },
  ]
  const lines = timelineOf({ decision: { ...decision, lookups }, late: [] })
  expect(lines.slice(2, 4)).toMatchInlineSnapshot(`
    [
      "  crm      ├┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄  2000 ms  NO_ANSWER (RESPONSE)",
      "  billing                                               NOT_NEEDED",
    ]
  `)
})

test.each([
  ['RESTRICTED', 'number withheld'],
  ['UNAVAILABLE', 'no number sent'],
  ['ALLOWED', 'no number sent'],
  [null, 'number withheld or not sent'],
] as const)('without a number, presentation %s reads as: %s', (aniPresentation, words) => {
  const arrival = aniPresentation === null ? {} : { aniPresentation }
  const [headline] = timelineOf({
    decision: { ...decision, callerMasked: null, arrival },
    late: [],
  })
  expect(headline).toBe(`call call-1  request 1  ${words}`)
})

test('no line is wider than 120 columns', () => {
  expect(timelineOf({ decision, late }).filter((line) => line.length > 120)).toEqual([])
})
