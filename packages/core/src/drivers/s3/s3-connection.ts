import type { S3Client, S3ClientConfig, ServiceInputTypes, ServiceOutputTypes } from '@aws-sdk/client-s3'
import type { Cancellable } from '../../contract/driver.js'
import { isAwsHost, type S3Settings } from './s3-options.js'
import { loadSdk, type S3Command, type S3Sdk } from './s3-sdk.js'
import { SILENT, sendOnce } from './send-once.js'

/** What is there once the SDK was loaded. */
export interface OpenS3 {
  readonly sdk: S3Sdk
  readonly client: S3Client
  /** Has connections of its own: bodies that arrive slowly, from strangers, must hold up no other request. */
  readonly streamClient: S3Client
  /** Signs addresses for strangers, against the endpoint that they reach. */
  readonly signer: S3Client
  readonly service: 'aws' | 'other'
}

export interface SendOptions extends Cancellable {
  /** `once` for what must not be repeated: conditional writes, and streams, which cannot be replayed. */
  readonly sends?: 'once' | 'until-answered'
  /** A body that is still arriving keeps its connection as long as its sender likes. Default: `bytes`, or no body. */
  readonly body?: 'bytes' | 'stream'
}

/** One client for all of a driver's requests, made when the first of them comes: until then no SDK is loaded. */
export class S3Connection {
  readonly settings: S3Settings
  /** Buckets that were seen: a 404 there is about a key. */
  readonly knownBuckets = new Set<string>()
  #opening: Promise<OpenS3> | undefined

  constructor(settings: S3Settings) {
    this.settings = settings
  }

  open(): Promise<OpenS3> {
    this.#opening ??= openS3(this.settings).catch((error: unknown) => {
      this.#opening = undefined
      throw error
    })
    return this.#opening
  }

  async send<Input extends ServiceInputTypes, Output extends ServiceOutputTypes>(
    build: (sdk: S3Sdk) => S3Command<Input, Output>,
    { signal, sends = 'until-answered', body = 'bytes' }: SendOptions,
  ): Promise<Output> {
    const { sdk, client: requestClient, streamClient } = await this.open()
    const client = body === 'stream' ? streamClient : requestClient
    const command = build(sdk)
    // The SDK wants an AbortSignal or nothing: an undefined one is a key of its own to it.
    const options = signal ? { abortSignal: signal } : {}
    return sends === 'once' ? sendOnce(client, command, options) : client.send(command, options)
  }

  async close(): Promise<void> {
    const opened = await this.#opening?.catch(() => undefined)
    this.#opening = undefined
    opened?.signer.destroy()
    if (this.settings.client !== undefined) return
    opened?.client.destroy()
    opened?.streamClient.destroy()
  }
}

async function openS3(settings: S3Settings): Promise<OpenS3> {
  const sdk = await loadSdk(() => import('@aws-sdk/client-s3'))
  // By its shape it can be nothing else: the type is a part of S3Client's own.
  const given = settings.client as S3Client | undefined
  const service = await serviceOf(settings, given)
  const checksums = settings.checksums ?? (service === 'aws' ? 'when-supported' : 'when-required')
  const connect = () => {
    const client = new sdk.S3Client({ ...baseConfig(settings), ...checksumConfig(checksums) })
    // It describes every request and answer, each listed object too, to a logger that keeps none of it.
    client.middlewareStack.remove('loggerMiddleware')
    return client
  }
  const signer = new sdk.S3Client({
    ...(given ? configOf(given) : baseConfig(settings)),
    ...(settings.browserEndpoint ? { endpoint: settings.browserEndpoint } : {}),
    // Signing knows no body: with checksums on, that of an empty body would be pinned into the address.
    ...checksumConfig('when-required'),
  })
  return { sdk, client: given ?? connect(), streamClient: given ?? connect(), signer, service }
}

async function serviceOf(settings: S3Settings, given: S3Client | undefined): Promise<'aws' | 'other'> {
  const hostname = given
    ? (await given.config.endpoint?.())?.hostname
    : settings.endpoint && new URL(settings.endpoint).hostname
  return hostname === undefined || isAwsHost(hostname) ? 'aws' : 'other'
}

function baseConfig(settings: S3Settings): S3ClientConfig {
  const { region, endpoint, credentials, urlStyle, awsHost, maxAttempts, maxSockets } = settings
  const agent = { keepAlive: true, maxSockets }
  return {
    ...(region === undefined ? {} : { region }),
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(credentials === undefined ? {} : { credentials }),
    forcePathStyle: urlStyle === 'path',
    ...(awsHost === 'dual-stack' ? { useDualstackEndpoint: true } : {}),
    maxAttempts,
    // Waiting for "100 Continue" costs a round trip, and with the SDK's own agents a new connection for each body.
    expectContinueHeader: false,
    logger: SILENT,
    requestHandler: {
      connectionTimeout: settings.connectTimeoutInSeconds * 1000,
      socketTimeout: settings.stallTimeoutInSeconds * 1000,
      httpAgent: agent,
      httpsAgent: agent,
    },
  }
}

/** What a signing client needs of the application's own. */
function configOf(client: S3Client): S3ClientConfig {
  const { region, endpoint, credentials, forcePathStyle, useDualstackEndpoint, useFipsEndpoint } = client.config
  return {
    region,
    credentials,
    useDualstackEndpoint,
    useFipsEndpoint,
    forcePathStyle: forcePathStyle ?? false,
    ...(endpoint === undefined ? {} : { endpoint }),
  }
}

function checksumConfig(checksums: 'when-supported' | 'when-required'): S3ClientConfig {
  const when = checksums === 'when-supported' ? 'WHEN_SUPPORTED' : 'WHEN_REQUIRED'
  return { requestChecksumCalculation: when, responseChecksumValidation: when }
}
