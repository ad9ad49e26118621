import { createHash } from 'node:crypto'
import { DriverError, show } from '../errors.js'
import { checkOneOf } from './option-checks.js'

/*
 * Addresses that people's browsers follow: https and http ones, and paths on the server that wrote the page. What comes
 * after the base is percent-encoded, so that an address can stand in any attribute of a page, whatever its quotes.
 */

/**
 * A base that keys are put after, without the slash at its end: `https://cdn.example/files`, or a path such as `/objects`.
 *
 * @throws DriverError `invalid-argument`
 */
export function checkBaseUrl(name: string, value: string): string {
  const absolute = URL.canParse(value) ? new URL(value) : undefined
  const isWeb = absolute?.protocol === 'http:' || absolute?.protocol === 'https:'
  const isPath = /^\/(?!\/)/.test(value)
  const isBare = !absolute?.username && !absolute?.password && !/[?#\\\s"'<>`]|%(?![0-9a-f]{2})/i.test(value)
  if ((isWeb || isPath) && isBare) return value.replace(/\/+$/, '')
  // A value that may hold a password is not shown.
  throw new DriverError(
    'invalid-argument',
    `expected ${name} to be like "https://host/objects" or "/objects", percent-encoded, without credentials, query and fragment`,
  )
}

/**
 * The base of a key's address. Among several, each key has one of its own, on every server and whatever their order;
 * adding one moves only the keys that it takes (rendezvous hashing).
 */
export function baseOf(key: string, given: string | readonly string[]): string {
  const bases = (typeof given === 'string' ? [given] : given).map((base) => checkBaseUrl('publicBaseUrl', base))
  const [first, ...others] = bases
  if (first === undefined) {
    throw new DriverError('invalid-argument', 'expected publicBaseUrl to be a URL or a list of URLs; received no URL')
  }
  let best = first
  if (others.length === 0) return best
  for (const base of others) if (weightOf(base, key) > weightOf(best, key)) best = base
  return best
}

function weightOf(base: string, key: string): string {
  return createHash('sha256').update(`${base}\n${key}`).digest('hex')
}

/**
 * The same address under another scheme. A path has none of its own.
 *
 * @throws DriverError `invalid-argument` where it names a port: what answers there speaks one of the two
 */
export function withScheme(address: string, scheme: 'https' | 'http' | undefined): string {
  if (scheme === undefined) return address
  checkOneOf('scheme', scheme, ['https', 'http'])
  const [, current, rest = ''] = /^(https?):(.*)$/is.exec(address) ?? []
  if (current === undefined || current.toLowerCase() === scheme) return address
  if (/^\/\/[^/]*:\d+(?:\/|$)/.test(rest)) {
    throw new DriverError(
      'invalid-argument',
      `the addresses name a port, which speaks ${current} and not ${show(scheme)}: leave scheme out, or give both a base without a port`,
    )
  }
  return `${scheme}:${rest}`
}

/** The address with nothing percent-encoded, for eyes and for comparing. It need not lead anywhere. */
export function rawAddress(address: string): string {
  return decodeURIComponent(address)
}
