/** Everybody who is measured, by name. */
import type { ContenderName } from '../options.ts'
import type { Contender } from './contender.ts'
import { crosspoint } from './crosspoint.ts'
import { skeleton } from './skeleton.ts'
import { streams } from './streams.ts'

export const CATALOGUE: Readonly<Record<ContenderName, Contender>> = {
  skeleton: skeleton('own'),
  'skeleton-kafkajs': skeleton('kafkajs'),
  'crosspoint-instant': crosspoint('instant'),
  streams: streams('at_least_once'),
  'streams-eos': streams('exactly_once_v2'),
  'crosspoint-real': crosspoint('real'),
}
