import path from 'node:path'
import type { StorageDriver } from './contract/driver.js'
import { DiskDriver } from './drivers/disk/index.js'
import { MemoryDriver } from './drivers/memory/index.js'
import { type S3ClientLike, type S3Credentials, S3Driver } from './drivers/s3/index.js'
import { DriverError, named, show } from './errors.js'

/** What does not belong into an address: secrets, and objects of the program. */
export interface OpenDriverOptions {
  /** `s3:` only. Keys, or a function that fetches them. Default: the SDK's chain (environment, profile, role). */
  readonly credentials?: S3Credentials | (() => Promise<S3Credentials>) | undefined
  /** `s3:` only. A configured `S3Client` of your own; it is never closed here. */
  readonly client?: S3ClientLike | undefined
  /** `file:` only. Where `diskObjects()` answers: `https://host/objects`, or a path such as `/objects`. */
  readonly baseUrl?: string | undefined
  /** `file:` only. Sign addresses: the first signs, all verify. At least 32 bytes each, the same on every server. */
  readonly secrets?: readonly (string | Uint8Array)[] | undefined
}

/** The address, taken apart. Nothing of it is shown in a message: somebody may have put a password into it. */
interface Address {
  readonly scheme: string
  /** What stands between the scheme and the query. */
  readonly place: string
  readonly query: ReadonlyMap<string, string>
}

interface Scheme {
  /** Names that may stand in the query. */
  readonly query: readonly string[]
  /** Names that may stand in the options. */
  readonly options: readonly (keyof OpenDriverOptions)[]
  open(address: Address, options: OpenDriverOptions): StorageDriver
}

const SCHEMES: Readonly<Record<string, Scheme>> = {
  s3: {
    query: [
      'region',
      'endpoint',
      'browserEndpoint',
      'urlStyle',
      'awsHost',
      'checksums',
      'ifMatchQuotes',
      'conditionalMultipart',
      'conditionalDelete',
      'connectTimeoutInSeconds',
      'stallTimeoutInSeconds',
      'maxSockets',
      'maxAttempts',
    ],
    options: ['credentials', 'client'],
    open: openS3,
  },
  file: { query: ['bucket'], options: ['baseUrl', 'secrets'], open: openDisk },
  memory: { query: ['bucket'], options: [], open: openMemory },
}

const EXAMPLES = '"s3://bucket?region=eu-central-1", "file:./data" or "memory:"'

/**
 * Opens the driver that an address names. Nothing is contacted, and no AWS code is loaded, before the first request.
 *
 * **`s3://<bucket>?<options>`** — AWS S3, or a service that speaks its protocol. The bucket may be left out. Options:
 * - `region` — default: `AWS_REGION`; with an `endpoint` `us-east-1`; else what the SDK finds in the profile
 * - `endpoint` — origin of another service; default: `AWS_ENDPOINT_URL_S3` or `AWS_ENDPOINT_URL`, else AWS
 * - `browserEndpoint` — origin at which browsers reach the service, for signed and public addresses; default: `endpoint`
 * - `urlStyle` — `virtual-host` (default on AWS) or `path` (default elsewhere)
 * - `awsHost` — `regional` (default: `s3.REGION`), `dual-stack` (`s3.dualstack.REGION`) or, for public addresses, `dash`
 *   (`s3-REGION`); not with an `endpoint`
 * - `checksums` — `when-supported` (default on AWS) or `when-required` (default elsewhere)
 * - `ifMatchQuotes` — `auto` (default: found out), `quoted` or `unquoted`
 * - `conditionalMultipart` — `supported` (default on AWS) or `unsupported` (default elsewhere)
 * - `conditionalDelete` — `supported` (default on AWS) or `unsupported` (default elsewhere)
 * - `connectTimeoutInSeconds` — 1 to 300, default 5
 * - `stallTimeoutInSeconds` — without a byte in either direction, 1 to 3600, default 30
 * - `maxSockets` — connections at a time, 1 to 1000, default 64
 * - `maxAttempts` — sends of a request that may be repeated, 1 to 10, default 3
 *
 * **`file:<directory>?<options>`** — plain files in `<directory>/<bucket>`. `file:./data` is relative to the working
 * directory, `file:/srv/data` is not. Percent-encoding is undone. Options:
 * - `bucket` — the bucket that a store must name; default: any
 *
 * **`memory:?<options>`** — this process's memory. Options:
 * - `bucket` — the bucket that a store must name; default: any
 *
 * @throws StoreError `invalid-argument` where the address is empty, of an unknown scheme, or holds an unknown option, a
 * wrong value or credentials
 */
export function openDriver(url: string | undefined, options: OpenDriverOptions = {}): StorageDriver {
  return named('open-driver', () => {
    const address = parseAddress(url)
    const scheme = Object.hasOwn(SCHEMES, address.scheme) ? SCHEMES[address.scheme] : undefined
    if (!scheme) throw refuse(`expected an address such as ${EXAMPLES}; received the scheme ${show(address.scheme)}`)
    checkNames(`the address (${address.scheme}:)`, [...address.query.keys()], scheme.query)
    const given = Object.entries(options).filter(([, value]) => value !== undefined)
    checkNames(
      `the options of ${address.scheme}: addresses`,
      given.map(([name]) => name),
      scheme.options,
    )
    return scheme.open(address, options)
  })
}

function parseAddress(url: string | undefined): Address {
  const match = typeof url === 'string' ? /^([a-z][a-z0-9+.-]*):([^?#]*)(?:\?([^#]*))?$/i.exec(url.trim()) : null
  if (!match) {
    const received = typeof url === 'string' && url.trim() !== '' ? 'something else' : show(url)
    throw refuse(`expected an address such as ${EXAMPLES}; received ${received}: is the variable set that names it?`)
  }
  const [, scheme = '', place = '', search = ''] = match
  const query = new Map<string, string>()
  for (const [name, value] of new URLSearchParams(search)) {
    if (query.has(name)) throw refuse(`the address names the option ${show(name)} twice`)
    query.set(name, value)
  }
  return { scheme: scheme.toLowerCase(), place, query }
}

function openS3({ place, query }: Address, options: OpenDriverOptions): S3Driver {
  const match = /^(?:\/\/([^/@]*)\/?)?$/.exec(place)
  if (!match) {
    throw refuse(
      place.includes('@')
        ? 'expected no credentials in the address: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or use the option `credentials`'
        : 'expected s3://bucket without a path: for keys below a prefix, set `prefix` in the store',
    )
  }
  return new S3Driver({
    ...options,
    bucket: match[1] || undefined,
    region: query.get('region'),
    endpoint: query.get('endpoint'),
    browserEndpoint: query.get('browserEndpoint'),
    urlStyle: word(query, 'urlStyle', ['path', 'virtual-host']),
    awsHost: word(query, 'awsHost', ['regional', 'dual-stack', 'dash']),
    checksums: word(query, 'checksums', ['when-supported', 'when-required']),
    ifMatchQuotes: word(query, 'ifMatchQuotes', ['auto', 'quoted', 'unquoted']),
    conditionalMultipart: word(query, 'conditionalMultipart', ['supported', 'unsupported']),
    conditionalDelete: word(query, 'conditionalDelete', ['supported', 'unsupported']),
    connectTimeoutInSeconds: number(query, 'connectTimeoutInSeconds'),
    stallTimeoutInSeconds: number(query, 'stallTimeoutInSeconds'),
    maxSockets: number(query, 'maxSockets'),
    maxAttempts: number(query, 'maxAttempts'),
  })
}

function openDisk({ place, query }: Address, { baseUrl, secrets }: OpenDriverOptions): DiskDriver {
  const directory = decoded(place.startsWith('///') ? place.slice(2) : place)
  if (directory === '' || directory.startsWith('//')) {
    throw refuse('expected file:./directory, relative to the working directory, or file:/directory')
  }
  return new DiskDriver({ directory: path.resolve(directory), bucket: query.get('bucket'), baseUrl, secrets })
}

function openMemory({ place, query }: Address): MemoryDriver {
  if (place !== '') throw refuse('expected nothing after memory: but options')
  return new MemoryDriver({ bucket: query.get('bucket') })
}

function checkNames(where: string, names: readonly string[], known: readonly string[]): void {
  for (const name of names) {
    if (known.includes(name)) continue
    const list = known.length === 0 ? 'there are none' : `known are ${known.join(', ')}`
    throw refuse(`unknown option ${show(name)} in ${where}; ${list}`)
  }
}

function word<T extends string>(query: Address['query'], name: string, known: readonly T[]): T | undefined {
  const value = query.get(name)
  if (value === undefined) return undefined
  const found = known.find((candidate) => candidate === value)
  if (found !== undefined) return found
  throw refuse(`expected ${name} to be ${known.map(show).join(' or ')}; received ${show(value)}`)
}

function number(query: Address['query'], name: string): number | undefined {
  const value = query.get(name)
  if (value === undefined) return undefined
  if (/^\d{1,6}$/.test(value)) return Number(value)
  throw refuse(`expected ${name} to be an integer; received ${show(value)}`)
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw refuse('expected valid percent-encoding in the address (write "%" as "%25")')
  }
}

function refuse(message: string): DriverError {
  return new DriverError('invalid-argument', message)
}
