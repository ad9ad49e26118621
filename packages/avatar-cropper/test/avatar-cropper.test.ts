import { MemoryDriver } from '@bucket-brigade/core/memory'
import { beforeAll, describe, expect, it } from 'vitest'
import { Avatars, bytesOf, keysOf, openCropper } from './avatars.js'
import { distance, middle, quarters, YELLOW } from './pictures.js'

let picture: Buffer
beforeAll(async () => {
  picture = await quarters()
})

describe('AvatarCropper', () => {
  it('uploads, crops and saves, each step on another server', async () => {
    const driver = new MemoryDriver()
    const store = new Avatars(driver)
    const uploaded = await (await openCropper(driver)).upload('leo', picture)
    expect(uploaded).toMatchObject({
      step: 'crop',
      original: { width: 400, height: 300, type: 'image/jpeg', bytes: picture.length },
      relativePath: `/tmp/avatars/leo/${uploaded.session}/original`,
    })

    const crop = { x: 200, y: 150, width: 150, height: 150 }
    const cropped = await (await openCropper(driver)).crop(uploaded.token, crop)
    expect(cropped).toMatchObject({ step: 'save', crop, enlargedEdges: [] })
    expect(distance(await middle(await bytesOf(store, cropped.relativePath)), YELLOW)).toBeLessThan(12)

    const avatar = await (await openCropper(driver)).save(cropped.token)
    const small = `uploads/users/leo/${avatar.id}-32.jpg`
    expect(avatar.sizes).toEqual({
      64: `https://cdn.example/uploads/users/leo/${avatar.id}-64.jpg`,
      32: `https://cdn.example/${small}`,
    })
    expect(avatar.url).toBe(avatar.sizes[64])
    expect(distance(await middle(await bytesOf(store, small)), YELLOW)).toBeLessThan(12)
    expect(await (await openCropper(driver)).list('leo')).toEqual({ current: avatar, avatars: [avatar] })
    expect(await keysOf(store, 'state/')).toEqual(['state/avatars/leo/avatar.json'])
  })
})
