import { DriverError, show } from '../../errors.js'

/** Keys of an account; `sessionToken` and `expiration` come with temporary ones. */
export interface S3Credentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string | undefined
  readonly expiration?: Date | undefined
}

/** An `S3Client` of `@aws-sdk/client-s3`, typed by its shape: nobody needs the SDK's types who does not use it. */
export interface S3ClientLike {
  readonly config: object
  readonly middlewareStack: object
  /** As in the SDK. */
  send(command: never, options?: never): Promise<unknown>
  /** As in the SDK. */
  destroy(): void
}

/** AWS's names for one service: `s3.REGION`, `s3.dualstack.REGION`, and `s3-REGION` (`s3` in us-east-1). */
export type AwsHost = 'regional' | 'dual-stack' | 'dash'

/** How to reach a service that speaks S3. Everything has a default; unknown values are refused by name. */
export interface S3DriverOptions {
  /** The bucket that a store must name. Default: any. */
  readonly bucket?: string | undefined
  /** Default: `AWS_REGION`; with an `endpoint` `us-east-1`; else what the SDK finds in the profile. */
  readonly region?: string | undefined
  /** Origin of an S3-compatible service. Default: `AWS_ENDPOINT_URL_S3` or `AWS_ENDPOINT_URL`; else AWS itself. */
  readonly endpoint?: string | undefined
  /** Origin that browsers reach the same service at: presigned and public addresses use it. Default: `endpoint`. */
  readonly browserEndpoint?: string | undefined
  /** Where the bucket's name goes in addresses. Default: `virtual-host` on AWS, `path` with another `endpoint`. */
  readonly urlStyle?: 'path' | 'virtual-host' | undefined
  /**
   * Which of AWS's host names is used. Default `regional`. With `dual-stack`, requests and addresses go over IPv6 as well.
   * With `dash`, public addresses are those of old (`s3-eu-central-1`), which regions since 2019 do not have.
   */
  readonly awsHost?: AwsHost | undefined
  /** Keys, or a function that fetches them. Default: the SDK's chain (environment, profile, role). */
  readonly credentials?: S3Credentials | (() => Promise<S3Credentials>) | undefined
  /**
   * A configured client of your own. It is never closed here; its endpoint, region and credentials hold for
   * everything but public addresses, which need `endpoint` or `region` here as well.
   */
  readonly client?: S3ClientLike | undefined
  /** Checksums of request bodies beyond TLS and signature. Default: `when-supported` on AWS, else `when-required`. */
  readonly checksums?: 'when-supported' | 'when-required' | undefined
  /** The form of an ETag in `If-Match` of a write. Default `auto`: found out from the service's first answers. */
  readonly ifMatchQuotes?: 'auto' | 'quoted' | 'unquoted' | undefined
  /** Whether `CompleteMultipartUpload` heeds conditions. Default: `supported` on AWS, else `unsupported`. */
  readonly conditionalMultipart?: 'supported' | 'unsupported' | undefined
  /** Whether `DeleteObject` heeds `If-Match`. Default: `supported` on AWS, else `unsupported`. */
  readonly conditionalDelete?: 'supported' | 'unsupported' | undefined
  /** Seconds until an attempt to connect is given up, 1 to 300. Default 5. */
  readonly connectTimeoutInSeconds?: number | undefined
  /** Seconds without a byte in either direction until a request is given up, 1 to 3600. Default 30. */
  readonly stallTimeoutInSeconds?: number | undefined
  /** Connections at a time, 1 to 1000, and as many again for streamed bodies. Default 64. */
  readonly maxSockets?: number | undefined
  /** Sends of a request that may be repeated, 1 to 10. Default 3. Conditional writes are sent once, whatever this says. */
  readonly maxAttempts?: number | undefined
}

/** Options, checked and complete but for what only the SDK can find out. */
export interface S3Settings extends S3DriverOptions {
  readonly endpoint: string | undefined
  readonly urlStyle: 'path' | 'virtual-host'
  readonly awsHost: AwsHost
  readonly ifMatchQuotes: 'auto' | 'quoted' | 'unquoted'
  readonly connectTimeoutInSeconds: number
  readonly stallTimeoutInSeconds: number
  readonly maxSockets: number
  readonly maxAttempts: number
}

/** @throws DriverError `invalid-argument` that names the option, what was expected and what came */
export function checkS3Options(given: S3DriverOptions, environment: NodeJS.ProcessEnv): S3Settings {
  const endpoint = checkOrigin('endpoint', given.endpoint ?? endpointOf(environment))
  const elsewhere = endpoint !== undefined && !isAwsHost(new URL(endpoint).hostname)
  return {
    bucket: checkText('bucket', given.bucket),
    region: checkText('region', given.region) ?? regionOf(environment) ?? (elsewhere ? 'us-east-1' : undefined),
    endpoint,
    browserEndpoint: checkOrigin('browserEndpoint', given.browserEndpoint),
    urlStyle: oneOf('urlStyle', given.urlStyle, ['path', 'virtual-host']) ?? (elsewhere ? 'path' : 'virtual-host'),
    awsHost: checkAwsHost(given.awsHost, endpoint) ?? 'regional',
    credentials: given.credentials,
    client: given.client,
    checksums: oneOf('checksums', given.checksums, ['when-supported', 'when-required']),
    ifMatchQuotes: oneOf('ifMatchQuotes', given.ifMatchQuotes, ['auto', 'quoted', 'unquoted']) ?? 'auto',
    conditionalMultipart: oneOf('conditionalMultipart', given.conditionalMultipart, ['supported', 'unsupported']),
    conditionalDelete: oneOf('conditionalDelete', given.conditionalDelete, ['supported', 'unsupported']),
    connectTimeoutInSeconds: checkNumber('connectTimeoutInSeconds', given.connectTimeoutInSeconds ?? 5, 300),
    stallTimeoutInSeconds: checkNumber('stallTimeoutInSeconds', given.stallTimeoutInSeconds ?? 30, 3600),
    maxSockets: checkNumber('maxSockets', given.maxSockets ?? 64, 1000),
    maxAttempts: checkNumber('maxAttempts', given.maxAttempts ?? 3, 10),
  }
}

export function isAwsHost(hostname: string): boolean {
  return /(^|\.)amazonaws\.com(\.cn)?$/.test(hostname)
}

function endpointOf(environment: NodeJS.ProcessEnv): string | undefined {
  if (environment.AWS_IGNORE_CONFIGURED_ENDPOINT_URLS?.toLowerCase() === 'true') return undefined
  return environment.AWS_ENDPOINT_URL_S3 || environment.AWS_ENDPOINT_URL || undefined
}

function regionOf(environment: NodeJS.ProcessEnv): string | undefined {
  return environment.AWS_REGION || environment.AWS_DEFAULT_REGION || undefined
}

function checkOrigin(name: string, value: string | undefined): string | undefined {
  if (value === undefined) return undefined
  const url = URL.canParse(value) ? new URL(value) : undefined
  const isPlain = url && url.username === '' && url.password === '' && url.search === '' && url.hash === ''
  if (url && isPlain && /^https?:$/.test(url.protocol)) return value.replace(/\/+$/, '')
  // A value that may hold a password is not shown.
  throw refuse(name, 'an http or https URL without user, password, query and fragment', url ? 'another URL' : value)
}

function checkAwsHost(value: AwsHost | undefined, endpoint: string | undefined): AwsHost | undefined {
  if (value === undefined || endpoint === undefined) {
    return oneOf('awsHost', value, ['regional', 'dual-stack', 'dash'])
  }
  throw refuse('awsHost', 'absent where there is an `endpoint`, which names the host itself', value)
}

function checkText(name: string, value: string | undefined): string | undefined {
  if (value === undefined || (typeof value === 'string' && /^[^\s/]+$/.test(value))) return value
  throw refuse(name, 'a name without spaces and slashes', value)
}

function checkNumber(name: string, value: number, max: number): number {
  if (Number.isInteger(value) && value >= 1 && value <= max) return value
  throw refuse(name, `an integer from 1 to ${max}`, value)
}

function oneOf<T extends string>(name: string, value: T | undefined, known: readonly T[]): T | undefined {
  if (value === undefined || known.includes(value)) return value
  throw refuse(name, known.map(show).join(' or '), value)
}

function refuse(name: string, expected: string, received: unknown): DriverError {
  return new DriverError('invalid-argument', `expected ${name} to be ${expected}; received ${show(received)}`)
}
