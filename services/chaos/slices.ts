/** A run judged in parts: one partition each, because a call never leaves its own. Pure but for reading. */
import { type PromiseVerdict, together as verdictsTogether } from '../audit/verify/verify.ts'
import type { LogReader } from '../platform/ports.ts'
import type { Measures } from './measure.ts'
import type { Told } from './scenario.ts'

const STORIES_MAX = 3

/** All of a run's partitions, or one. */
export interface Slice {
  readonly verdicts: readonly PromiseVerdict[]
  readonly untold: readonly Told[]
  readonly measures: Measures
  readonly stories: readonly (readonly string[])[]
}

/** Reads one partition of the topics that have many; dead letters and policies are read whole. */
export function readerOf(reader: LogReader, partition: number | null): LogReader {
  if (partition === null) return reader
  const isSpread = (topic: string): boolean =>
    !topic.endsWith('.dlt') && topic !== 'audit.policy' && !topic.startsWith('ops.')
  return {
    read: (options, onBatch) =>
      reader.read(options, (batch) => {
        if (!isSpread(batch.topic) || batch.partition === partition) onBatch(batch)
      }),
  }
}

/** The greatest of those that are known. */
const most = (values: readonly (number | null)[]): number | null => {
  const known = values.filter((value) => value !== null)
  return known.length === 0 ? null : Math.max(...known)
}

/** Slices of one run as one: what holds must hold in each, and something must have been checked in one. */
export function together(slices: readonly Slice[]): Slice {
  const [first] = slices
  if (first === undefined) throw new RangeError('There is nothing to judge.')
  const measures = slices.map((slice) => slice.measures)
  const sum = (of: (one: Measures) => number): number =>
    measures.reduce((total, one) => total + of(one), 0)
  return {
    verdicts: verdictsTogether(slices.map((slice) => slice.verdicts)),
    untold: first.untold.filter((one) => slices.every((slice) => slice.untold.includes(one))),
    measures: {
      worstLatenessMs: most(measures.map((one) => one.worstLatenessMs)),
      late: sum((one) => one.late),
      duplicatesOnWire: sum((one) => one.duplicatesOnWire),
      takeoverMs: most(measures.map((one) => one.takeoverMs)),
      outageMs: most(measures.map((one) => one.outageMs)) ?? 0,
      wokenCount: measures.every((one) => (one.wokenCount ?? null) === null)
        ? null
        : sum((one) => one.wokenCount ?? 0),
    },
    stories: slices.flatMap((slice) => slice.stories).slice(0, STORIES_MAX),
  }
}
