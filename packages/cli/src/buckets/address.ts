import { UsageError } from '../errors.js'

/** A bucket's address with a key behind it, taken apart. Nothing is contacted. */
export interface Address {
  /** What `openDriver` takes, without the bucket: equal for buckets among which the service itself can copy. */
  readonly service: string
  /** Absent where the address names none. */
  readonly bucket: string | undefined
  /** Empty for the whole bucket; a prefix where it ends in `/`. */
  readonly key: string
}

/** True for `s3:`, `file:` and `memory:` addresses; anything else on a command line is a key. */
export function isAddress(text: string): boolean {
  return /^(?:s3|file|memory):/i.test(text)
}

/**
 * Reads `s3://bucket/key?region=…`, `file:./data?bucket=name#key` or `memory:#key`. What follows `#` is the key to the
 * letter, on every service; only there a key may hold `?` and `#`.
 *
 * @throws UsageError that shows nothing of the address, as somebody may have put a password into it
 */
export function parseAddress(text: string): Address {
  const match = /^(?<scheme>[a-z0-9]+):(?<place>[^?#]*)(?:\?(?<query>[^#]*))?(?:#(?<fragment>.*))?$/is.exec(text)
  const { scheme = '', place = '', query = '', fragment } = match?.groups ?? {}
  if (place.includes('@') && scheme.toLowerCase() === 's3') {
    throw new UsageError(
      'expected no credentials in the address: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE',
    )
  }
  const options = new URLSearchParams(query)
  return scheme.toLowerCase() === 's3'
    ? s3Address(place, options, fragment)
    : folderAddress(`${scheme.toLowerCase()}:${place}`, options, fragment)
}

function s3Address(place: string, options: URLSearchParams, fragment: string | undefined): Address {
  const [, bucket = '', path = ''] = /^(?:\/\/([^/]*)(?:\/(.*))?)?$/s.exec(place) ?? []
  if (fragment !== undefined && path !== '') {
    throw new UsageError('expected the key either behind the bucket or behind "#", not in both places')
  }
  return { service: serviceOf('s3:', options), bucket: bucket || undefined, key: fragment ?? path }
}

function folderAddress(place: string, options: URLSearchParams, key = ''): Address {
  const bucket = options.get('bucket') || undefined
  options.delete('bucket')
  return { service: serviceOf(place, options), bucket, key }
}

function serviceOf(place: string, options: URLSearchParams): string {
  options.sort()
  return options.size === 0 ? place : `${place}?${options}`
}

/** Adds an option to the address of a service, where it has none of that name. */
export function withOption(service: string, name: string, value: string | undefined): string {
  const [place = '', query = ''] = service.split('?')
  const options = new URLSearchParams(query)
  if (value !== undefined && !options.has(name)) options.set(name, value)
  return serviceOf(place, options)
}

/** The address of a service without an option. */
export function withoutOption(service: string, name: string): string {
  const [place = '', query = ''] = service.split('?')
  const options = new URLSearchParams(query)
  options.delete(name)
  return serviceOf(place, options)
}

/** An option of the address of a service. */
export function optionOf(service: string, name: string): string | undefined {
  return new URLSearchParams(service.split('?')[1]).get(name) ?? undefined
}
