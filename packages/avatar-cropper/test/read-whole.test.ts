import { MemoryDriver } from '@bucket-brigade/core/memory'
import { type FaultRule, faultDriver } from '@bucket-brigade/core/testing'
import { beforeAll, describe, expect, it } from 'vitest'
import { openCropper } from './avatars.js'
import { quarters } from './pictures.js'

let picture: Buffer
beforeAll(async () => {
  picture = await quarters()
})

const crop = { x: 0, y: 0, width: 20, height: 20 }
const breaksOff = { operations: ['get'], fault: { kind: 'truncate', afterBytes: 5 } } as const

describe('an answer of the bucket that breaks off in the middle', () => {
  it.each([
    { what: 'the picture of a crop', rules: [{ ...breaksOff, keyPrefix: 'tmp/', nth: 1 }] },
    { what: 'the picture of a save', rules: [{ ...breaksOff, keyPrefix: 'tmp/', nth: 2 }] },
    { what: 'the pointer of a second save', rules: [{ ...breaksOff, keyPrefix: 'state/avatars/leo/', nth: 3 }] },
  ] satisfies { what: string; rules: FaultRule[] }[])('is asked for again: $what', async ({ rules }) => {
    const driver = faultDriver(new MemoryDriver(), { rules })
    const cropper = await openCropper(driver)
    for (const count of [1, 2]) {
      const { token } = await cropper.crop((await cropper.upload('leo', picture)).token, crop)
      await cropper.save(token)
      expect((await cropper.list('leo')).avatars).toHaveLength(count)
    }
    expect(driver.faults).toHaveLength(1)
  })

  it('is told where it breaks off again', async () => {
    const driver = faultDriver(new MemoryDriver(), { rules: [{ ...breaksOff, keyPrefix: 'tmp/' }] })
    const cropper = await openCropper(driver)
    const { token } = await cropper.upload('leo', picture)
    await expect(cropper.crop(token, crop)).rejects.toMatchObject({ code: 'unavailable' })
    expect(driver.faults).toHaveLength(2)
  })
})
