/** Routes, compiled: constants, and facts that must be settled before the route can be given. */
import type { PreferredAgent, Skill, Target } from '../../../schemas/records.ts'
import type { RouteDocument } from '../document.ts'
import type { View } from './view.ts'

/** The part of a verdict that a route gives. */
export interface Routed {
  readonly target: Target
  readonly priority: number
  readonly skills: readonly Skill[]
  readonly language: string | null
  readonly preferredAgent: PreferredAgent | null
  readonly overflowTarget: Target | null
  readonly treatment: string | null
  readonly flags: readonly string[]
}

export interface Route {
  /** True when every fact the route itself uses is settled (design §4.2). */
  settled(view: View): boolean
  /** The route; an absent fact leaves out what it would have named. */
  give(view: View): Routed
}

export interface RouteNames {
  fact(reference: string): number
  target(name: string): Target
}

/** Compiles a route whose names have been checked. */
export function compileRoute(route: RouteDocument, names: RouteNames): Route {
  const slots: number[] = []
  const textOf = (reference: string): ((view: View) => string | null) => {
    const slot = names.fact(reference)
    slots.push(slot)
    return (view) => {
      const value = view.fact(slot)
      return typeof value === 'string' && value !== '' ? value : null
    }
  }
  const target = names.target(route.target)
  const overflowTarget =
    route.overflowTarget === undefined ? null : names.target(route.overflowTarget)
  const skills = route.skills.map(({ name, fact, prefix, minLevel }) => {
    const nameOf = fact === undefined ? () => name ?? null : textOf(fact)
    return (view: View): readonly Skill[] => {
      const given = nameOf(view)
      return given === null ? [] : [{ name: (prefix ?? '') + given, minLevel }]
    }
  })
  const language = compileLanguage(route.language, textOf)
  const agent = route.preferredAgent
  const agentOf = agent === undefined ? null : { id: textOf(agent.fact), waitMs: agent.waitMs }

  return {
    settled: (view) => slots.every((slot) => view.fact(slot) !== undefined),
    give(view) {
      const agentId = agentOf?.id(view) ?? null
      return {
        target,
        priority: route.priority,
        skills: skills.flatMap((skillOf) => skillOf(view)),
        language: language(view),
        preferredAgent:
          agentOf === null || agentId === null ? null : { id: agentId, waitMs: agentOf.waitMs },
        overflowTarget,
        treatment: route.treatment ?? null,
        flags: route.flags,
      }
    },
  }
}

function compileLanguage(
  language: RouteDocument['language'],
  textOf: (reference: string) => (view: View) => string | null,
): (view: View) => string | null {
  if (language === undefined) return () => null
  if (typeof language === 'string') return () => language
  const given = textOf(language.fact)
  return (view) => given(view) ?? language.otherwise ?? null
}
