import type { CorsRule, LifecycleRule } from '../contract/settings-driver.js'

/** What became of rules that were to be there. */
export type SettingsChange = 'changed' | 'unchanged'

/**
 * The rules after `rules` took the place of those with the names `ids`. All others stay, in their order.
 *
 * Some services keep no names: a rule that says the same is the same.
 *
 * @returns Undefined where that changes nothing.
 */
export function replaceRules<Rule extends CorsRule | LifecycleRule>(
  before: readonly Rule[],
  ids: readonly string[],
  rules: readonly Rule[],
): readonly Rule[] | undefined {
  const wanted = new Set(rules.map(meaningOf))
  const others = before.filter(
    (rule) => !(rule.id !== undefined && ids.includes(rule.id)) && !wanted.has(meaningOf(rule)),
  )
  const after = [...others, ...rules]
  const isSame = meanings(before) === meanings(after)
  return isSame ? undefined : after
}

function meanings(rules: readonly (CorsRule | LifecycleRule)[]): string {
  return JSON.stringify(rules.map(meaningOf).toSorted())
}

/** Equal for rules that do the same, whatever they are called, and in whatever order they say it. */
function meaningOf(rule: CorsRule | LifecycleRule): string {
  if ('prefix' in rule) {
    const { native, status, prefix, scope, expiresAfterDays, abortsUploadsAfterDays } = rule
    return JSON.stringify([status, prefix, scope, expiresAfterDays ?? 0, abortsUploadsAfterDays ?? 0, native ?? 0])
  }
  const { origins, methods, requestHeaders, exposedHeaders, maxAgeInSeconds } = rule
  return JSON.stringify([
    origins.toSorted(),
    methods.toSorted(),
    requestHeaders.map((name) => name.toLowerCase()).toSorted(),
    exposedHeaders.map((name) => name.toLowerCase()).toSorted(),
    maxAgeInSeconds ?? 0,
  ])
}
