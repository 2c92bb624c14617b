/** The rules of the design that mutations break, in its order; §5 numbers its own by what they are about. */
export const RULES = {
  '§4.1': 'one effective decision per route request, in time',
  '§4.2': 'decided as soon as the route is certain',
  '§4.3': 'at the deadline, in broker time',
  '§4.4': 'the first settled record counts',
  '§4.5': 'repeats are harmless, an id means one thing',
  '§4.6': 'recovery without a state store, handing over',
  '§4.7': 'stalls, zombies, void decisions',
  '§4.8': 'overdue work delays no live call',
  '§4.9': 'bounded memory and records',
  '§4.10': 'poison, dead letters, a silent registry',
  '§4.11': 'a slow broker holds up its own partitions only',
  '§4 Lanes': 'when a backup may speak',
  '§4 Auditor': 'evidence of effective decisions, once each',
  '§5 Budget': 'how long a lookup may last, and what comes after',
  '§5 Trying': 'retries, breaker, bulkhead',
  '§5 Freshness': 'stale facts, cache, override',
  '§5 Asking': 'what is needed, and what is withheld',
  '§5 Commits': 'a crash repeats lookups and loses none',
  '§6 Versions': 'which policy governs a call',
} as const

export type Rule = keyof typeof RULES
