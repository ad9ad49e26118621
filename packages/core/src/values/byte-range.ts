import type { ByteRange } from '../contract/driver.js'
import { DriverError } from '../errors.js'

/**
 * The bytes of an object of `size` bytes that a range means: cut at the end, everything where there is no range.
 *
 * @throws DriverError `invalid-argument` where it starts past the end
 */
export function cutRange(
  range: ByteRange | undefined,
  size: number,
): { readonly offset: number; readonly length: number } {
  if (range === undefined) return { offset: 0, length: size }
  if ('suffix' in range) return { offset: Math.max(0, size - range.suffix), length: Math.min(size, range.suffix) }
  if (range.offset > 0 && range.offset >= size) {
    throw new DriverError('invalid-argument', `the range starts at byte ${range.offset} of ${size}`)
  }
  return { offset: range.offset, length: Math.min(range.length ?? size, size - range.offset) }
}
