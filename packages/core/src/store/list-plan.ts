import type { DriverListOptions } from '../contract/driver.js'
import { checkInteger, checkOneOf } from '../values/option-checks.js'
import { startAfterOf } from './key-input.js'
import type { ListOptions } from './options.js'

/** Completes and checks the options of a listing. */
export function listPlan(options: ListOptions): Omit<DriverListOptions, 'cursor'> {
  return {
    startAfter: startAfterOf(options.startAfter),
    delimiter: options.delimiter && checkOneOf<'/'>('delimiter', options.delimiter, ['/']),
    pageSize: checkInteger('pageSize', options.pageSize ?? 1000, 1, 1000),
    signal: options.signal,
  }
}
