import { BucketStore } from '@bucket-brigade/core'
import { MemoryDriver } from '@bucket-brigade/core/memory'
import { describe, expect, it } from 'vitest'
import type { CropperOptions } from '../../src/index.js'
import { openCropper } from '../avatars.js'

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
    [{ maxRenderWaitSeconds: 0 }, 'expected maxRenderWaitSeconds to be an integer from 1 to 600'],
    [{ pointerWrites: 'maybe' }, 'expected pointerWrites to be "compare-and-swap", "last-writer-wins"'],
    [{ directUploads: 'GET' }, 'expected directUploads'],
    [{ limits: { maxPixels: 0 } }, 'limits: expected maxPixels'],
    [{ limits: { allowed: ['svg'] } }, 'limits: expected allowed'],
    [{ limits: { pixels: 1000 } }, 'received "pixels"'],
    [{ extraFormats: ['jpeg'] }, 'expected each of extraFormats to be "webp", "avif"; received "jpeg"'],
    [{ format: 'webp', extraFormats: ['webp'] }, 'expected each of extraFormats to be "jpeg", "png", "avif"'],
    [{ extraFormats: ['webp', 'webp'] }, 'expected extraFormats to be a list of different formats'],
    [{ extraFormats: 'webp' }, 'expected extraFormats to be a list'],
    [
      { edges: Array.from({ length: 16 }, (_, at) => at + 1), extraFormats: ['webp', 'avif'] },
      'at most 32 pictures; received 48',
    ],
    [{ userLimits: { openSessions: 0 } }, 'expected userLimits.openSessions to be an integer from 1'],
    [{ userLimits: { temporaryBytes: 1.5 } }, 'expected userLimits.temporaryBytes'],
    [
      { userLimits: { sessions: 3 } },
      'expected names in userLimits to be openSessions, temporaryBytes; received "sessions"',
    ],
    [{ userLimits: 3 }, 'expected userLimits to be an object; received 3'],
    [{ previewedge: 64 } as object, 'received "previewedge"'],
    [{ layout: {} }, 'expected layout to have the functions key and userPrefix'],
    [{ onLeftover: 'log' }, 'expected onLeftover to be a function; received "log"'],
    [{ beforeAccept: true }, 'expected beforeAccept to be a function; received true'],
    [{ onSaved: 'mail' }, 'expected onSaved to be a function'],
    [{ hookTimeoutSeconds: 0 }, 'expected hookTimeoutSeconds to be an integer from 1 to 600'],
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
