import { MemoryDriver } from '@bucket-brigade/core/memory'
import sharp from 'sharp'
import { beforeAll, describe, expect, it } from 'vitest'
import { Avatars, bytesOf, cropped, keysOf, openCropper } from '../avatars.js'
import { quarters } from '../pictures.js'

let picture: Buffer
beforeAll(async () => {
  picture = await quarters()
})

describe('an avatar in several formats', () => {
  it('has a source per extra format, ready for <picture>', async () => {
    const driver = new MemoryDriver()
    const cropper = await openCropper(driver, { extraFormats: ['avif', 'webp'] })
    const avatar = await cropper.save(await cropped(cropper, 'leo', picture))
    const at = (edge: number, extension: string) =>
      `https://cdn.example/uploads/users/leo/${avatar.id}-${edge}.${extension}`
    expect(avatar).toMatchObject({ url: at(64, 'jpg'), sizes: { 64: at(64, 'jpg'), 32: at(32, 'jpg') } })
    expect(avatar.sources).toEqual([
      {
        type: 'image/avif',
        srcset: `${at(64, 'avif')} 64w, ${at(32, 'avif')} 32w`,
        sizes: { 64: at(64, 'avif'), 32: at(32, 'avif') },
      },
      {
        type: 'image/webp',
        srcset: `${at(64, 'webp')} 64w, ${at(32, 'webp')} 32w`,
        sizes: { 64: at(64, 'webp'), 32: at(32, 'webp') },
      },
    ])
    const webp = await bytesOf(new Avatars(driver), `uploads/users/leo/${avatar.id}-32.webp`)
    expect(await sharp(webp).metadata()).toMatchObject({ format: 'webp', width: 32, height: 32 })
    expect((await cropper.list('leo')).current).toEqual(avatar)
  })

  it('is removed with all its formats, and shown by its main one', async () => {
    const driver = new MemoryDriver()
    const cropper = await openCropper(driver, { extraFormats: ['webp'] })
    const { id, sizes } = await cropper.save(await cropped(cropper, 'leo', picture))
    expect(await cropper.currentUrl('leo', 2048)).toBe(sizes[64])
    expect(await cropper.currentUrl('leo', 1)).toBe(sizes[32])
    await cropper.remove('leo', id)
    expect(await keysOf(new Avatars(driver), 'uploads/')).toEqual([])
  })

  it('has no sources by default', async () => {
    const cropper = await openCropper()
    expect(await cropper.save(await cropped(cropper, 'leo', picture))).not.toHaveProperty('sources')
  })
})
