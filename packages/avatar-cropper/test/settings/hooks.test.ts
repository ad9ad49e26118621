import { buffer } from 'node:stream/consumers'
import { MemoryDriver } from '@bucket-brigade/core/memory'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { type AcceptVerdict, anonymous, type BeforeAccept, type SavedAvatar } from '../../src/index.js'
import { Avatars, cropped, keysOf, openCropper } from '../avatars.js'
import { around } from '../faults.js'
import { quarters } from '../pictures.js'

let picture: Buffer
beforeAll(async () => {
  picture = await quarters()
})

/** The two ways in: through this server, and straight to the bucket. */
async function bothWays(beforeAccept: BeforeAccept) {
  const memory = new MemoryDriver()
  const store = new Avatars(memory)
  const driver = around(memory, {
    presignUpload: async () => ({ method: 'POST', url: '', fields: {}, expiresAt: new Date(0) }),
  })
  const cropper = await openCropper(driver, { beforeAccept })
  const direct = async () => {
    const offer = await cropper.offerUpload('leo', { type: 'image/jpeg', bytes: picture.length })
    await store.put(offer.relativePath, picture)
    return offer.token
  }
  return { cropper, store, direct }
}

describe('beforeAccept', () => {
  it('sees every picture before anybody can go on with it', async () => {
    const seen: unknown[] = []
    const { cropper, direct } = await bothWays(async ({ open, session, ...picture }) => {
      seen.push({ ...picture, content: await buffer(await open()) })
      return 'accept' as const
    })
    await cropper.upload('leo', picture)
    await cropper.upload(anonymous, picture)
    await cropper.acceptUpload(await direct())
    const told = { type: 'image/jpeg', width: 400, height: 300, bytes: picture.length, content: picture }
    expect(seen).toEqual([
      { user: 'leo', ...told },
      { user: anonymous, ...told },
      { user: 'leo', ...told },
    ])
  })

  it('refuses in the words of the application, and what is refused is removed', async () => {
    const { cropper, store, direct } = await bothWays(() => ({ refuse: 'virus-found' }))
    const refusal = { code: 'refused', field: 'file', parameters: { reason: 'virus-found' } }
    await expect(cropper.upload('leo', picture)).rejects.toMatchObject(refusal)
    await expect(cropper.acceptUpload(await direct())).rejects.toMatchObject(refusal)
    expect(await keysOf(store)).toEqual([])
  })

  it.each<[string, BeforeAccept]>([
    ['throws', () => Promise.reject(new Error('the scanner is down'))],
    [
      'throws at once',
      () => {
        throw new Error('the scanner is down')
      },
    ],
    ['gives no verdict', () => undefined as unknown as AcceptVerdict],
    ['gives a word that no page can look up', () => ({ refuse: 'Virus <b>found</b>' })],
  ])('accepts nothing when it %s; a direct upload may be asked about again', async (_what, broken) => {
    let healthy = false
    const { cropper, store, direct } = await bothWays((...args) => (healthy ? 'accept' : broken(...args)))
    await expect(cropper.upload('leo', picture)).rejects.toMatchObject({ code: 'hook-failed' })
    expect(await keysOf(store)).toEqual([])
    const token = await direct()
    await expect(cropper.acceptUpload(token)).rejects.toMatchObject({ code: 'hook-failed' })
    healthy = true
    await expect(cropper.acceptUpload(token)).resolves.toMatchObject({ step: 'crop' })
  })

  it('is not waited for longer than hookTimeoutSeconds, and told so', async () => {
    let told: AbortSignal | undefined
    const beforeAccept: BeforeAccept = (_picture, { signal }) => {
      told = signal
      return new Promise(() => undefined)
    }
    const cropper = await openCropper(new MemoryDriver(), { beforeAccept, hookTimeoutSeconds: 1 })
    await expect(cropper.upload('leo', picture)).rejects.toMatchObject({
      code: 'hook-failed',
      cause: { message: expect.stringContaining('hookTimeoutSeconds') },
    })
    expect(told?.aborted).toBe(true)
  })

  it('ends with the request', async () => {
    const leaving = new AbortController()
    const { cropper, store } = await bothWays(() => {
      leaving.abort(new Error('the client left'))
      return new Promise(() => undefined)
    })
    await expect(cropper.upload('leo', picture, { signal: leaving.signal })).rejects.toThrow('the client left')
    expect(await keysOf(store)).toEqual([])
  })
})

describe('onSaved', () => {
  it('learns of each save when it has taken effect, and again when it is repeated', async () => {
    const told: SavedAvatar[] = []
    const driver = new MemoryDriver()
    const cropper = await openCropper(driver, {
      onSaved: async (saved) => {
        told.push(saved)
        expect((await cropper.list('leo')).current).toEqual(saved.avatar)
      },
    })
    const token = await cropped(cropper, 'leo', picture)
    const avatar = await cropper.save(token)
    await cropper.save(token)
    expect(told).toEqual([
      { user: 'leo', avatar },
      { user: 'leo', avatar },
    ])
  })

  it('undoes nothing when it throws: the repeat tells again', async () => {
    const onSaved = vi.fn().mockRejectedValueOnce(new Error('no mail today'))
    const cropper = await openCropper(new MemoryDriver(), { onSaved })
    const token = await cropped(cropper, 'leo', picture)
    await expect(cropper.save(token)).rejects.toMatchObject({
      code: 'hook-failed',
      message: expect.stringContaining('the avatar is saved'),
    })
    const { current } = await cropper.list('leo')
    expect(await cropper.save(token)).toEqual(current)
    expect(onSaved).toHaveBeenCalledTimes(2)
  })

  it('says nothing of its error to the person', async () => {
    const cropper = await openCropper(new MemoryDriver(), {
      onSaved: () => {
        throw new Error('password is hunter2')
      },
    })
    const saving = cropper.save(await cropped(cropper, 'leo', picture))
    await expect(saving).rejects.toMatchObject({ message: expect.not.stringContaining('hunter2') })
  })
})
