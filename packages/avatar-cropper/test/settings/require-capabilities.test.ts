import { DriverError, type StorageDriver } from '@bucket-brigade/core'
import { MemoryDriver } from '@bucket-brigade/core/memory'
import { describe, expect, it, vi } from 'vitest'
import { Avatars, cropped, keysOf, openCropper } from '../avatars.js'
import { around, onPut } from '../faults.js'
import { quarters } from '../pictures.js'

/** A service that takes conditions of writes and does not heed them. */
function heedless(inner: StorageDriver): StorageDriver {
  return onPut(inner, /./, (put, at, body, options) => put(at, body, { ...options, mode: 'overwrite' }))
}

describe('AvatarCropper.open', () => {
  it('leaves nothing behind in the bucket', async () => {
    const driver = new MemoryDriver()
    await openCropper(driver)
    expect(await keysOf(new Avatars(driver))).toEqual([])
  })

  it('refuses a service that ignores conditional writes, unless the last writer may win', async () => {
    const driver = heedless(new MemoryDriver())
    await expect(openCropper(driver)).rejects.toMatchObject({
      code: 'service-unsuitable',
      message: expect.stringContaining("pointerWrites: 'last-writer-wins'"),
    })
    const cropper = await openCropper(driver, { pointerWrites: 'last-writer-wins' })
    const avatar = await cropper.save(await cropped(cropper, 'leo', await quarters()))
    expect((await cropper.list('leo')).current).toEqual(avatar)
  })

  it('works without the right to delete, and tells what it left', async () => {
    const left: string[] = []
    const driver = around(new MemoryDriver(), {
      delete: async () => {
        throw new DriverError('permission-denied', 'no right to delete')
      },
    })
    const cropper = await openCropper(driver, { onLeftover: ({ key }) => left.push(key) })
    expect(left.every((key) => key.startsWith('tmp/probe/'))).toBe(true)
    left.length = 0
    const { id } = await cropper.save(await cropped(cropper, 'leo', await quarters()))
    const pictures = [`uploads/users/leo/${id}-64.jpg`, `uploads/users/leo/${id}-32.jpg`]
    expect(await cropper.remove('leo', id)).toEqual({ removed: [id], leftovers: pictures })
    expect(left).toEqual(pictures)
    expect((await cropper.list('leo')).avatars).toEqual([])
  })

  it('says after a while that the service does not answer', async () => {
    const timesUp = new AbortController()
    const patience = vi.spyOn(AbortSignal, 'timeout').mockReturnValue(timesUp.signal)
    const silence = ({ signal }: { readonly signal?: AbortSignal | undefined }) =>
      new Promise<never>((_resolve, reject) => {
        if (signal?.aborted) reject(signal.reason)
        signal?.addEventListener('abort', () => reject(signal.reason))
      })
    const driver = around(new MemoryDriver(), {
      put: (_at, _body, options) => silence(options),
      delete: (_at, options) => silence(options),
    })
    const opening = openCropper(driver)
    timesUp.abort(new DOMException('time is up', 'TimeoutError'))
    await expect(opening).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringMatching(/to answer within 15 s; it did not: check the endpoint/),
    })
    expect(patience).toHaveBeenCalledWith(15_000)
    patience.mockRestore()
  })

  it('is patient with a service that is slow, and answers', async () => {
    const limits: AbortController[] = []
    const patience = vi.spyOn(AbortSignal, 'timeout').mockImplementation(() => {
      const limit = new AbortController()
      limits.push(limit)
      return limit.signal
    })
    const passTime = () => {
      for (const limit of limits.slice(0, -1)) limit.abort(new DOMException('time is up', 'TimeoutError'))
    }
    const driver = onPut(new MemoryDriver(), /./, (put, at, body, options) => {
      options.signal?.throwIfAborted()
      passTime()
      return put(at, body, options)
    })
    await openCropper(driver)
    patience.mockRestore()
    expect(limits.length).toBeGreaterThan(2)
  })

  it('tells what a first write met', async () => {
    const driver = onPut(new MemoryDriver(), /./, async () => {
      throw new DriverError('bucket-not-found', 'no such bucket')
    })
    await expect(openCropper(driver)).rejects.toMatchObject({ code: 'bucket-not-found' })
  })
})
