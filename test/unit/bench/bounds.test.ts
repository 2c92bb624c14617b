import { describe, expect, test } from 'vitest'
import { loadPolicyFile } from '../../../services/policy/load.ts'
import { BOUNDS, exceeded } from '../../bench/micro/bounds.ts'
import { ENRICHERS } from '../../bench/micro/enrichers.ts'
import { piecesOf } from '../../bench/micro/pieces.ts'
import { SHELLS } from '../../bench/micro/shells.ts'
import { wirePieces } from '../../bench/micro/wire.ts'

describe('bounds of micro-benchmarks', () => {
  test('are of all pieces of ours, and of nothing else', () => {
    const pieces = [...piecesOf(loadPolicyFile('policy/policy.yaml')), ...wirePieces()]
    const ours = pieces.map(({ name }) => name).filter((name) => !name.includes('kafkajs'))
    expect(Object.keys(BOUNDS).toSorted()).toEqual([...ours, ...ENRICHERS, SHELLS].toSorted())
  })

  test('are broken by what takes more time, or more memory', () => {
    const usual = { name: 'policy: evaluate', times: 0.1, bytes: 7600 }
    expect(exceeded(usual)).toEqual([])
    expect(exceeded({ ...usual, times: 1 })).toHaveLength(1)
    expect(exceeded({ ...usual, bytes: 76_000 })).toHaveLength(1)
  })
})
