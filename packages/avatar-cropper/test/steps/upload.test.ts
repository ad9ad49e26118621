import { Readable } from 'node:stream'
import { MemoryDriver } from '@bucket-brigade/core/memory'
import sharp from 'sharp'
import { beforeAll, describe, expect, it } from 'vitest'
import { Avatars, bytesOf, keysOf, openCropper, PublicAvatars } from '../avatars.js'
import { counting, lostReply, onPut } from '../faults.js'
import { noise, quarters } from '../pictures.js'

let picture: Buffer
let large: Buffer
beforeAll(async () => {
  picture = await quarters()
  large = await noise(800, 600)
  expect(large.length).toBeGreaterThan(200_000)
})

/** A source that arrives in pieces, and tells whether it was let go. */
function arriving(bytes: Buffer, pieceBytes = 10_000): Readable {
  const pieces = Array.from({ length: Math.ceil(bytes.length / pieceBytes) }, (_, at) =>
    bytes.subarray(at * pieceBytes, (at + 1) * pieceBytes),
  )
  return Readable.from(pieces)
}

describe('upload', () => {
  it.each([
    ['bytes', () => picture],
    ['a small stream', () => arriving(picture, 100)],
    ['a large stream of known length', () => arriving(large)],
    ['a large stream of unknown length', () => arriving(large)],
    ['an iterable', () => arriving(large).iterator()],
  ])('stores %s as it came, with the type that its bytes say', async (what, source) => {
    const driver = counting(new MemoryDriver())
    const cropper = await openCropper(driver)
    driver.calls.length = 0
    const bytes = what.includes('large') || what.includes('iterable') ? large : picture
    const options = what.includes('known length') && !what.includes('unknown') ? { contentLength: bytes.length } : {}
    const uploaded = await cropper.upload('leo', source(), options)
    expect(uploaded.original).toMatchObject({ type: 'image/jpeg', bytes: bytes.length })
    const store = new Avatars(driver)
    expect(driver.calls).toEqual([`put ${uploaded.relativePath.slice(1)}`])
    expect(bytes.equals(await bytesOf(store, uploaded.relativePath))).toBe(true)
    expect(await store.head(uploaded.relativePath)).toMatchObject({
      contentType: 'image/jpeg',
      cacheControl: 'private, no-store',
    })
  })

  it('reads pictures whose head does not tell everything', async () => {
    const webp = await quarters(1200, 900, 'webp')
    const cropper = await openCropper()
    const { original } = await cropper.upload('leo', arriving(webp, 50))
    expect(original).toEqual({ width: 1200, height: 900, type: 'image/webp', bytes: webp.length })
  })

  it('sends a picture that only tells as a whole what it is on as it arrives, and then looks at it', async () => {
    const gif = await sharp(await noise())
      .gif()
      .toBuffer()
    expect(gif.length).toBeGreaterThan(70_000)
    const driver = counting(new MemoryDriver())
    const cropper = await openCropper(driver)
    driver.calls.length = 0
    const { original, relativePath } = await cropper.upload('leo', arriving(gif), { contentLength: gif.length })
    expect(original).toEqual({ width: 400, height: 300, type: 'image/gif', bytes: gif.length })
    expect(driver.calls).toEqual([`put ${relativePath.slice(1)}`, `get ${relativePath.slice(1)}`])
    expect(await new Avatars(driver).head(relativePath)).toMatchObject({ contentType: 'image/gif' })
  })

  it('leaves nothing of such a picture that is damaged further on', async () => {
    const gif = await sharp(await noise())
      .gif()
      .toBuffer()
    const driver = new MemoryDriver()
    const cropper = await openCropper(driver)
    const damaged = cropper.upload('leo', arriving(gif.subarray(0, -4000)))
    await expect(damaged).rejects.toMatchObject({ code: 'image-corrupt' })
    expect(await keysOf(new Avatars(driver), 'tmp/')).toEqual([])
  })

  it.each([
    ['bytes', () => picture, {}],
    ['a small stream', () => arriving(picture, 100), {}],
    ['a large stream of known length', () => arriving(large), 'known'],
  ] as const)('is done where %s arrived and only the answer was lost', async (_, source, length) => {
    const deaf = onPut(new MemoryDriver(), /original$/, async (put, ...call) => {
      await put(...call)
      throw lostReply()
    })
    const cropper = await openCropper(deaf)
    const { token } = await cropper.upload('leo', source(), length === 'known' ? { contentLength: large.length } : {})
    await expect(cropper.crop(token, { x: 0, y: 0, width: 10, height: 10 })).resolves.toMatchObject({ step: 'save' })
  })

  it('sends bytes again that never arrived; a stream is gone, and says so', async () => {
    let attempts = 0
    const broken = onPut(new MemoryDriver(), /original$/, async (put, at, body, options) => {
      attempts += 1
      if (attempts % 2 === 0) return put(at, body, options)
      if (body instanceof Readable) body.destroy()
      throw lostReply()
    })
    const cropper = await openCropper(broken)
    await expect(cropper.upload('leo', picture)).resolves.toMatchObject({ step: 'crop' })
    expect(attempts).toBe(2)
    const gone = cropper.upload('leo', arriving(large), { contentLength: large.length })
    await expect(gone).rejects.toMatchObject({ code: 'outcome-unknown' })
  })

  it('begins a session of its own every time', async () => {
    const cropper = await openCropper()
    const [one, two] = await Promise.all([cropper.upload('leo', picture), cropper.upload('leo', picture)])
    expect(one.session).not.toBe(two.session)
    expect(one.preview).toBeUndefined()
  })

  it.each([
    ['no picture', () => Buffer.from('%PDF-1.7'), 'image-unsupported'],
    ['an SVG', () => Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'), 'image-unsupported'],
    ['a page', () => Buffer.from('<!doctype html><script>'), 'image-unsupported'],
    ['nothing', () => Buffer.alloc(0), 'image-unsupported'],
    ['too many bytes', () => Buffer.concat([large, Buffer.alloc(300_000)]), 'file-too-large'],
    ['too many pixels', () => quarters(900, 900, 'png'), 'image-too-large'],
    ['half a picture', () => picture.subarray(0, 900), 'image-corrupt'],
  ])('stores nothing of %s', async (_what, bytes, code) => {
    const driver = new MemoryDriver()
    const cropper = await openCropper(driver, { maxUploadBytes: 400_000, limits: { maxPixels: 500_000 } })
    for (const source of [await bytes(), arriving(await bytes())]) {
      await expect(cropper.upload('leo', source)).rejects.toMatchObject({ code })
      if (source instanceof Readable) expect(source.destroyed).toBe(true)
    }
    expect(await keysOf(new Avatars(driver))).toEqual([])
  })

  it('refuses by the announced length alone', async () => {
    const cropper = await openCropper(undefined, { maxUploadBytes: 1000 })
    const source = arriving(picture)
    await expect(cropper.upload('leo', source, { contentLength: 1001 })).rejects.toMatchObject({
      code: 'file-too-large',
    })
  })

  it.each([
    ['shorter', () => large.subarray(0, 100_000)],
    ['longer', () => Buffer.concat([large, large])],
    ['much shorter', () => large.subarray(0, 100)],
  ])('stores nothing of a stream that is %s than announced', async (_what, bytes) => {
    const driver = new MemoryDriver()
    const cropper = await openCropper(driver)
    await expect(cropper.upload('leo', arriving(bytes()), { contentLength: large.length })).rejects.toThrow()
    expect(await keysOf(new Avatars(driver))).toEqual([])
  })

  it('stores nothing when the sender goes away, and tells its error', async () => {
    const driver = new MemoryDriver()
    const cropper = await openCropper(driver)
    const gone = async function* () {
      yield large.subarray(0, 150_000)
      throw new Error('connection reset')
    }
    for (const options of [{}, { contentLength: large.length }]) {
      await expect(cropper.upload('leo', gone(), options)).rejects.toThrow('connection reset')
    }
    expect(await keysOf(new Avatars(driver))).toEqual([])
  })

  it('is never public', async () => {
    const acls: unknown[] = []
    const driver = onPut(new MemoryDriver(), /^tmp\/avatars/, (put, at, body, options) => {
      acls.push([options.acl, options.mode])
      return put(at, body, options)
    })
    await (await openCropper(driver, { store: new PublicAvatars(driver) })).upload('leo', picture)
    await (await openCropper(driver)).upload('leo', picture)
    expect(acls).toEqual([
      ['private', 'create'],
      [undefined, 'create'],
    ])
  })

  it.each([
    ['', picture],
    ['x'.repeat(2000), picture],
  ])('refuses users without a usable id', async (user) => {
    await expect((await openCropper()).upload(user, picture)).rejects.toMatchObject({ code: 'invalid-request' })
  })
})
