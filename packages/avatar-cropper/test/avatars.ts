import { buffer } from 'node:stream/consumers'
import { type Acl, BucketStore, type StorageDriver } from '@bucket-brigade/core'
import { MemoryDriver } from '@bucket-brigade/core/memory'
import { AvatarCropper, type CropperOptions } from '../src/index.js'

export class Avatars extends BucketStore {
  readonly bucket = 'avatars-smashing'
  override readonly publicBaseUrl = 'https://cdn.example'
}

export class PublicAvatars extends Avatars {
  override readonly acl: Acl = 'public-read'
}

export const SECRET = 'a secret of thirty-two bytes, or more'
export const SQUARE = { x: 0, y: 0, width: 100, height: 100 }

/** No machine is too busy for a test. */
export const PATIENT = { maxRenderWaitSeconds: 600, limits: { timeoutInSeconds: 3600 } } as const

/** A cropper over the given driver, as each server opens its own. Nobody could try the addresses of these buckets. */
export async function openCropper(
  driver: StorageDriver = new MemoryDriver(),
  options: Partial<CropperOptions> = {},
): Promise<AvatarCropper> {
  return AvatarCropper.open({
    store: new Avatars(driver),
    secrets: [SECRET],
    edges: [64, 32],
    directUploads: 'POST',
    ...PATIENT,
    ...options,
  })
}

/** Upload and crop: the token that opens the save. */
export async function cropped(cropper: AvatarCropper, user: string, picture: Uint8Array): Promise<string> {
  const { token } = await cropper.upload(user, picture)
  return (await cropper.crop(token, SQUARE)).token
}

export async function bytesOf(store: BucketStore, key: string): Promise<Buffer> {
  return buffer((await store.get(key)).body)
}

export async function keysOf(store: BucketStore, prefix = ''): Promise<string[]> {
  return (await store.list(prefix).toArray()).map(({ key }) => key)
}
