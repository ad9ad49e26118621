import {
  type Acl,
  BucketStore,
  type OpenDriverOptions,
  openDriver,
  parseKey,
  parsePrefix,
  type StorageDriver,
} from '@bucket-brigade/core'
import { asUsage, UsageError } from '../errors.js'
import type { Surroundings } from '../surroundings.js'
import { type Address, isAddress, optionOf, parseAddress, withOption, withoutOption } from './address.js'
import { folderOf, onlyFolder, requireFolder } from './folder.js'

/** What the command line says about the bucket, and else the environment of the application. */
export interface BucketSettings {
  /** Default: `BUCKET_URL`. */
  readonly bucketUrl?: string | undefined
  /** Put before every key of that bucket. Default: `BUCKET_PREFIX`. */
  readonly prefix?: string | undefined
  /** Where the public reads it. Default: `BUCKET_PUBLIC_URL`. */
  readonly publicUrl?: string | undefined
  /** Default: `BUCKET_BROWSER_ENDPOINT`. */
  readonly browserEndpoint?: string | undefined
  /** `file:` only: where `diskObjects()` answers. */
  readonly baseUrl?: string | undefined
  readonly acl?: Acl | undefined
}

/** A bucket that was opened. Two of one service share their driver. */
export interface Bucket {
  readonly name: string
  /** `s3`, `disk`, `memory`. */
  readonly kind: string
  /** Where it lies, if it is one on disk. */
  readonly folder: string | undefined
  /** Of its service, where the address names them. */
  readonly endpoint: string | undefined
  readonly region: string | undefined
  /** Whether AWS itself answers, and no relative of it. */
  readonly isOnAws: boolean
  readonly driver: StorageDriver
  readonly store: BucketStore
  /** The same without a prefix: by its full keys. */
  readonly whole: BucketStore
}

/** One object, or everything below a prefix. */
export interface Place {
  readonly bucket: Bucket
  /** Parsed. Empty for the whole bucket, a prefix where it ends in `/`. */
  readonly key: string
}

const EXPECTED_ADDRESS = 'expected an address such as "s3://my-bucket?region=eu-central-1" or "file:./data"'

/** True for a prefix and the whole bucket. */
export function isPrefix({ key }: Place): boolean {
  return key === '' || key.endsWith('/')
}

class CommandStore extends BucketStore {
  readonly bucket: string
  override readonly prefix: string
  override readonly acl: Acl | undefined
  override readonly publicBaseUrl: string | undefined

  constructor(driver: StorageDriver, bucket: string, prefix: string, settings: BucketSettings) {
    super(driver)
    this.bucket = bucket
    this.prefix = prefix
    this.acl = settings.acl
    this.publicBaseUrl = settings.publicUrl
  }
}

/** Opens what the command line names, each service once, and closes all of it in the end. */
export class Buckets {
  readonly #surroundings: Surroundings
  readonly #settings: BucketSettings
  readonly #drivers = new Map<string, StorageDriver>()

  constructor(surroundings: Surroundings, given: BucketSettings) {
    const { env } = surroundings
    this.#surroundings = surroundings
    this.#settings = {
      ...given,
      bucketUrl: given.bucketUrl ?? filled(env.BUCKET_URL),
      prefix: given.prefix ?? filled(env.BUCKET_PREFIX),
      publicUrl: given.publicUrl ?? filled(env.BUCKET_PUBLIC_URL),
      browserEndpoint: given.browserEndpoint ?? filled(env.BUCKET_BROWSER_ENDPOINT),
    }
  }

  /** The main bucket for verbs that find something in it: in one that is not there they would find that nothing is wrong. */
  async existing(url?: string): Promise<Bucket> {
    return existing(await this.main(url))
  }

  /** The same for a place. */
  async existingPlace(text: string): Promise<Place> {
    const place = await this.place(text)
    await existing(place.bucket)
    return place
  }

  /** The bucket that all of this is about, with the prefix, the public address and the endpoint of the application. */
  async main(url: string | undefined = this.#settings.bucketUrl): Promise<Bucket> {
    if (url === undefined) {
      throw new UsageError(
        'expected a bucket: set BUCKET_URL, or use --bucket-url, for example s3://my-bucket?region=eu-central-1',
      )
    }
    if (!isAddress(url)) {
      throw new UsageError(EXPECTED_ADDRESS)
    }
    const address = parseAddress(url)
    if (address.key !== '') throw new UsageError('expected a bucket without a key: write --prefix for a part of it')
    const service = address.service.startsWith('s3:')
      ? withOption(address.service, 'browserEndpoint', this.#settings.browserEndpoint)
      : address.service
    return this.#bucket(
      { ...address, service },
      asUsage(() => parsePrefix(this.#settings.prefix ?? '')),
      this.#settings,
    )
  }

  /** A key of the main bucket, or any address. */
  async place(text: string): Promise<Place> {
    if (!isAddress(text)) return { bucket: await this.main(), key: parsePlace(text) }
    const address = parseAddress(text)
    const { acl, baseUrl } = this.#settings
    return { bucket: await this.#bucket(address, '', { acl, baseUrl }), key: parsePlace(address.key) }
  }

  /** Releases all connections. */
  async close(): Promise<void> {
    await Promise.all([...this.#drivers.values()].map((driver) => driver.close()))
  }

  async #bucket(address: Address, prefix: string, settings: BucketSettings): Promise<Bucket> {
    const driver = this.#driver(address.service, settings)
    const name = address.bucket ?? (await onlyBucket(address.service))
    return {
      name,
      kind: driver.name,
      folder: folderOf(address.service, name),
      endpoint: optionOf(address.service, 'endpoint'),
      region: optionOf(address.service, 'region'),
      // What browsers see of it says nothing.
      isOnAws: answersOnAws(this.#driver(withoutOption(address.service, 'browserEndpoint'), settings), name),
      driver,
      store: new CommandStore(driver, name, prefix, settings),
      whole: new CommandStore(driver, name, '', settings),
    }
  }

  #driver(service: string, settings: BucketSettings): StorageDriver {
    const opened = this.#drivers.get(service)
    if (opened) return opened
    const driver = openDriver(service, this.#secrets(service, settings))
    this.#drivers.set(service, driver)
    return driver
  }

  #secrets(service: string, { baseUrl }: BucketSettings): OpenDriverOptions {
    const { env } = this.#surroundings
    if (service.startsWith('file:')) {
      const secrets = filled(env.BRIGADE_SECRETS)
        ?.split(',')
        .map((secret) => secret.trim())
      return { baseUrl, ...(baseUrl !== undefined && { secrets }) }
    }
    const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_SESSION_TOKEN } = env
    if (!service.startsWith('s3:') || !accessKeyId || !secretAccessKey) return {}
    return { credentials: { accessKeyId, secretAccessKey, sessionToken: filled(AWS_SESSION_TOKEN) } }
  }
}

function answersOnAws(driver: StorageDriver, bucket: string): boolean {
  try {
    return new URL(driver.publicUrl({ bucket, key: 'k' })).hostname.includes('.amazonaws.com')
  } catch {
    // Only AWS has addresses that need a region.
    return true
  }
}

/** Keeps the slash at the end of a prefix. */
function parsePlace(text: string): string {
  const isWhole = text === '' || text === '/'
  if (isWhole) return ''
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) throw new UsageError(EXPECTED_ADDRESS)
  return asUsage(() => (text.endsWith('/') ? parsePrefix(text) : parseKey(text)))
}

function filled(text: string | undefined): string | undefined {
  const trimmed = text?.trim()
  return trimmed === '' ? undefined : trimmed
}

/** The bucket of an address that names none: in memory any, in a folder the only one that is there. */
function onlyBucket(service: string): string | Promise<string> {
  if (service.startsWith('memory:')) return 'memory'
  if (service.startsWith('s3:')) throw new UsageError('expected the address to name a bucket: s3://my-bucket?region=…')
  return onlyFolder(service)
}

async function existing(bucket: Bucket): Promise<Bucket> {
  if (bucket.folder !== undefined) await requireFolder(bucket.folder, bucket.name)
  return bucket
}
