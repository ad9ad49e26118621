import { UsageError } from '../errors.js'

const FORM = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/
const ADDRESS = /^\d{1,3}(?:\.\d{1,3}){3}$/
const RESERVED = /^(?:xn--|sthree-|amzn-s3-demo-)|(?:-s3alias|--ol-s3|\.mrap|--x-s3|--table-s3)$/

/**
 * Checks a bucket's name against the rules of S3 (User Guide, *general purpose bucket naming rules*), before anybody is asked.
 *
 * @throws UsageError
 */
export function checkBucketName(name: string): void {
  const broken = brokenNameRule(name)
  if (broken) throw new UsageError(`expected a bucket's name that S3 allows; ${JSON.stringify(name)} ${broken}`)
}

/** What is wrong with a bucket's name, as the end of a sentence. */
export function brokenNameRule(name: string): string | undefined {
  if (name.length < 3 || name.length > 63) return `has ${name.length} characters: 3 to 63 are allowed`
  if (!FORM.test(name)) return 'may only have a to z, 0 to 9, "-" and ".", and begins and ends with a letter or digit'
  if (name.includes('..')) return 'must not have two dots beside each other'
  if (ADDRESS.test(name)) return 'must not look like an IP address'
  if (RESERVED.test(name)) return 'begins or ends with what AWS keeps for itself'
  return undefined
}
