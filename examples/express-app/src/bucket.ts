import { BucketStore, openDriver, type StorageDriver } from '@bucket-brigade/core'
import { DiskDriver } from '@bucket-brigade/core/disk'
import { isOnDisk, type Settings } from './settings.js'

/** Where this application serves the objects itself, when they lie on disk. */
export const OBJECTS_PATH = '/objects'

/** The bucket of this application. Its subclass says what, the driver says how. */
export class Avatars extends BucketStore {
  readonly bucket: string
  override readonly prefix: string
  override readonly publicBaseUrl: BucketStore['publicBaseUrl']
  override readonly visibility: 'public' | 'signed'

  constructor(driver: StorageDriver, options: Pick<BucketStore, 'prefix' | 'publicBaseUrl' | 'visibility'>) {
    super(driver)
    this.bucket = driver.bucket ?? 'avatars'
    this.prefix = options.prefix
    this.publicBaseUrl = options.publicBaseUrl
    this.visibility = options.visibility
  }
}

export interface OpenBucket {
  readonly store: Avatars
  /** The driver, where objects lie on disk and this application has to serve them. */
  readonly disk: DiskDriver | undefined
}

/**
 * Opens the bucket that the settings name. No request is made.
 *
 * Saved avatars have public addresses on disk, and on S3 where `BUCKET_PUBLIC_URL` says which; else they are signed ones,
 * so that a private bucket works as it is.
 */
export function openBucket(settings: Settings): OpenBucket {
  const { bucketUrl, bucketPublicUrl, bucketBrowserEndpoint, bucketPrefix: prefix, secrets } = settings
  if (isOnDisk(bucketUrl)) {
    const driver = openDriver(bucketUrl, { baseUrl: bucketPublicUrl ?? OBJECTS_PATH, secrets })
    const store = new Avatars(driver, { prefix, publicBaseUrl: undefined, visibility: 'public' })
    return { store, disk: driver instanceof DiskDriver ? driver : undefined }
  }
  const driver = openDriver(withDefaults(bucketUrl, bucketBrowserEndpoint))
  const visibility = bucketPublicUrl === undefined ? 'signed' : 'public'
  return { store: new Avatars(driver, { prefix, publicBaseUrl: bucketPublicUrl, visibility }), disk: undefined }
}

/**
 * The variable wins over the same option in the URL. A service that falls silent is given up early enough for three
 * attempts, and an answer that says so, before a balancer loses its patience after a minute.
 */
function withDefaults(bucketUrl: string, browserEndpoint: string | undefined): string {
  const [place, query] = bucketUrl.split('?', 2)
  const parameters = new URLSearchParams({ stallTimeoutInSeconds: '10' })
  for (const [name, value] of new URLSearchParams(query)) parameters.set(name, value)
  if (browserEndpoint !== undefined) parameters.set('browserEndpoint', browserEndpoint)
  return `${place}?${parameters}`
}
