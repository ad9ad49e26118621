import { BucketStore } from '@bucket-brigade/core'
import { MemoryDriver } from '@bucket-brigade/core/memory'
import { describe, expect, it } from 'vitest'
import type { CropperOptions } from '../src/index.js'
import { openCropper } from './avatars.js'

describe('AvatarCropper.open', () => {
  it.each<[Partial<Record<keyof CropperOptions, unknown>>, string]>([
    [{ edges: [] }, 'expected edges to be a list of 1 to 16 lengths; received 0 lengths'],
    [{ edges: [0] }, 'expected edges[0] to be an integer from 1 to 2048; received 0'],
    [{ edges: [64, 1.5] }, 'expected edges[1]'],
    [{ edges: [64, 64] }, 'expected edges to differ from each other; received 64, 64'],
    [{ edges: undefined }, 'expected edges'],
    [{ format: 'gif' }, 'expected format to be "auto", "jpeg", "png", "webp", "avif"; received "gif"'],
    [{ quality: 101 }, 'expected quality to be an integer from 1 to 100; received 101'],
    [{ maxUploadBytes: '20MB' }, 'expected maxUploadBytes to be an integer'],
    [{ sessionSeconds: 72_001 }, 'expected sessionSeconds to be an integer from 60 to 72000; received 72001'],
    [{ previewExpiresInSeconds: 0 }, 'expected previewExpiresInSeconds'],
    [{ offerExpiresInSeconds: 86_400 }, 'expected offerExpiresInSeconds'],
    [{ rendersAtOnce: 0 }, 'expected rendersAtOnce'],
    [{ pointerWrites: 'maybe' }, 'expected pointerWrites to be "compare-and-swap", "last-writer-wins"'],
    [{ directUploads: 'GET' }, 'expected directUploads'],
    [{ limits: { maxPixels: 0 } }, 'limits: expected maxPixels'],
    [{ limits: { allowed: ['svg'] } }, 'limits: expected allowed'],
    [{ secrets: [] }, 'expected secrets'],
    [{ secrets: 'one secret that is long enough to be used' }, 'expected secrets'],
    [{ secrets: ['short'] }, 'expected secrets[0] to have at least 32 bytes'],
  ])('refuses %j', async (options, message) => {
    const opening = openCropper(undefined, options as Partial<CropperOptions>)
    await expect(opening).rejects.toMatchObject({ code: 'invalid-option', message: expect.stringContaining(message) })
  })

  it('says at once that saved avatars would have no address', async () => {
    class Unaddressed extends BucketStore {
      readonly bucket = 'avatars'
    }
    const opening = openCropper(undefined, { store: new Unaddressed(new MemoryDriver()) })
    await expect(opening).rejects.toMatchObject({
      code: 'unsupported',
      message: expect.stringContaining('publicBaseUrl'),
    })
  })
})
