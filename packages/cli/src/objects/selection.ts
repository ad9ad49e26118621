import picomatch from 'picomatch'
import type { Input } from '../input.js'
import type { OptionSpec } from '../option-spec.js'

/** Tells which names, relative to the folder or prefix, are meant. */
export type Selection = (name: string) => boolean

/** What recursive verbs take. */
export const selectionOptions: readonly OptionSpec[] = [
  { flags: '--include <glob>', text: 'only names that match, such as "*.jpg" or "users/**"', times: 'many' },
  { flags: '--exclude <glob>', text: 'no names that match; wins over --include', times: 'many' },
]

/** A glob without a slash looks at the last segment alone, as in .gitignore. */
export function selectionOf(input: Input): Selection {
  const included = matcher(input.list('include'))
  const excluded = matcher(input.list('exclude'))
  return (name) => (included?.(name) ?? true) && !(excluded?.(name) ?? false)
}

function matcher(globs: readonly string[]): ((name: string) => boolean) | undefined {
  if (globs.length === 0) return undefined
  const tests = globs.map((glob) => picomatch(glob, { dot: true, basename: !glob.includes('/') }))
  return (name) => tests.some((test) => test(name))
}
