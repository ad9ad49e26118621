import type { Input } from '../input.js'
import type { OptionSpec } from '../option-spec.js'
import { selectionOptions } from './selection.js'

const DEFAULT_CONCURRENCY = 8
const MAX_CONCURRENCY = 64

/** What put, get, cp and mv share. */
export const transferOptions: readonly OptionSpec[] = [
  { flags: '-r, --recursive', text: 'everything below a folder or prefix' },
  { flags: '--skip-existing', text: 'leave what is at its target with the same size: a run that broke off goes on' },
  ...selectionOptions,
  {
    flags: '--concurrency <objects>',
    text: `objects at a time, 1 to ${MAX_CONCURRENCY} (default ${DEFAULT_CONCURRENCY})`,
  },
]

/** How many objects at a time. */
export function concurrencyOf(input: Input): number {
  return input.integer('concurrency', { min: 1, max: MAX_CONCURRENCY }) ?? DEFAULT_CONCURRENCY
}
