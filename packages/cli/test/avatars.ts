import { AvatarCropper } from '@bucket-brigade/avatar-cropper'
import { BucketStore, type OpenDriverOptions, openDriver } from '@bucket-brigade/core'
import sharp from 'sharp'

class Avatars extends BucketStore {
  readonly bucket: string
  override readonly publicBaseUrl = 'https://cdn.example'

  constructor(bucket: string, url: string, options: OpenDriverOptions) {
    super(openDriver(url, options))
    this.bucket = bucket
  }
}

/** The application whose bucket commands look after. */
export interface Application {
  readonly store: BucketStore
  readonly cropper: AvatarCropper
  /** Uploads, crops and saves; resolves with the avatar's id. */
  save(user: string, edge: number): Promise<string>
}

export async function openApplication(
  bucket: string,
  url: string,
  options: OpenDriverOptions = {},
): Promise<Application> {
  const store = new Avatars(bucket, url, options)
  const cropper = await AvatarCropper.open({ store, secrets: ['s'.repeat(32)], edges: [32, 16] })
  return {
    store,
    cropper,
    save: async (user, edge) => {
      const { token } = await cropper.upload(user, await picture(edge))
      const cropped = await cropper.crop(token, {
        x: 0,
        y: 0,
        width: edge,
        height: edge,
        rotate: 0,
        scaleX: 1,
        scaleY: 1,
      })
      return (await cropper.save(cropped.token)).id
    },
  }
}

/** A red square. */
export function picture(edge: number): Promise<Buffer> {
  const background = { r: 220, g: 20, b: 20 }
  return sharp({ create: { width: edge, height: edge, channels: 3, background } })
    .png()
    .toBuffer()
}
