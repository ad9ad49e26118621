import { randomBytes } from 'node:crypto'
import type { AvatarCropper, PointerWrites } from '@bucket-brigade/avatar-cropper'
import { type Acl, BucketStore } from '@bucket-brigade/core'
import type { Bucket } from '../buckets/buckets.js'

/** The same bucket, with addresses where the driver has none: nothing here shows them. */
class AddressedStore extends BucketStore {
  readonly bucket: string
  override readonly prefix: string
  override readonly acl: Acl | undefined
  override readonly publicBaseUrl: string | readonly string[] | undefined

  constructor({ driver, kind, store }: Bucket) {
    super(driver)
    this.bucket = store.bucket
    this.prefix = store.prefix
    this.acl = store.acl
    this.publicBaseUrl = store.publicBaseUrl ?? (kind === 's3' ? undefined : '/')
  }
}

/** What of the servers' settings matters to those who look after a bucket. */
export interface CropperSettings {
  readonly pointerWrites: PointerWrites
  /** Default: that of the cropper. */
  readonly sessionSeconds?: number | undefined
}

/**
 * A cropper for looking after what others made. It neither signs nor reads a token, and makes no picture: so its secret is
 * anyone, and its edge is any.
 */
export async function openCropper(
  bucket: Bucket,
  { pointerWrites, sessionSeconds }: CropperSettings,
): Promise<AvatarCropper> {
  // It brings an image library, which no other verb shall wait for.
  const { AvatarCropper } = await import('@bucket-brigade/avatar-cropper')
  return AvatarCropper.open({
    store: new AddressedStore(bucket),
    secrets: [randomBytes(32)],
    edges: [1],
    pointerWrites,
    ...(sessionSeconds !== undefined && { sessionSeconds }),
  })
}
