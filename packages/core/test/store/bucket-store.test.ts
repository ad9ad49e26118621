import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { describe, expect, it } from 'vitest'
import type {
  Acl,
  DriverPutOptions,
  DriverSignOptions,
  ObjectLocation,
  PresignedUpload,
} from '../../src/contract/driver.js'
import { MemoryDriver } from '../../src/drivers/memory/index.js'
import { BucketStore } from '../../src/store/bucket-store.js'
import { Avatars } from '../avatars.js'

/** Remembers what a store asks of its driver, and has addresses. */
class Recorder extends MemoryDriver {
  readonly acls: (Acl | undefined)[] = []
  readonly signed: DriverSignOptions[] = []

  override put(...args: Parameters<MemoryDriver['put']>): ReturnType<MemoryDriver['put']> {
    const options: DriverPutOptions = args[2]
    this.acls.push(options.acl)
    return super.put(...args)
  }
}

Object.assign(Recorder.prototype, {
  publicUrl: (at: ObjectLocation) => `https://memory.example/${at.bucket}/${at.key}`,
  signedUrl: async function signedUrl(this: Recorder, at: ObjectLocation, options: DriverSignOptions) {
    this.signed.push(options)
    return `https://memory.example/${at.bucket}/${at.key}?signed`
  },
  presignUpload: async (at: ObjectLocation, options: object): Promise<PresignedUpload> => ({
    method: 'POST',
    url: `https://memory.example/${at.bucket}`,
    fields: { key: at.key, plan: JSON.stringify(options) },
    expiresAt: new Date(),
  }),
})

describe('a store and the bucket of its driver', () => {
  it('fits where only one of them names a bucket, or both name the same', async () => {
    await expect(new Avatars(new MemoryDriver()).put('a', 'x')).resolves.toBeDefined()
    await expect(new Avatars(new MemoryDriver({ bucket: 'avatars-smashing' })).put('a', 'x')).resolves.toBeDefined()
  })

  it('is refused at first use where they differ, naming both', async () => {
    const store = new Avatars(new MemoryDriver({ bucket: 'another' }))
    const refused = { code: 'invalid-argument', message: expect.stringMatching(/"avatars-smashing".*"another"/) }
    await expect(store.get('a')).rejects.toMatchObject(refused)
    expect(() => store.list()).toThrow(expect.objectContaining(refused))
    expect(() => store.publicUrl('a')).toThrow(expect.objectContaining(refused))
  })

  it('is refused where the subclass names none', async () => {
    class Nameless extends BucketStore {
      readonly bucket = ''
    }
    await expect(new Nameless(new MemoryDriver()).get('a')).rejects.toMatchObject({
      code: 'invalid-argument',
      message: 'expected the subclass to name a bucket; received ""',
    })
  })

  it('keeps buckets of one driver apart', async () => {
    class Others extends BucketStore {
      readonly bucket = 'others'
    }
    const driver = new MemoryDriver()
    await new Avatars(driver).put('a', 'x')
    await expect(new Others(driver).get('a')).rejects.toMatchObject({ code: 'not-found', bucket: 'others' })
  })
})

describe('the fields of a subclass', () => {
  class Private extends Avatars {
    override readonly prefix = 'app/'
    override readonly acl = 'private'
    override readonly publicBaseUrl = 'https://cdn.example/files/'
    override readonly visibility = 'signed'
  }

  it('put its prefix before every key, unseen', async () => {
    const driver = new MemoryDriver()
    const store = new Private(driver)
    expect(await store.put('a', 'x')).toMatchObject({ key: 'a' })
    expect(await new Avatars(driver).list().toArray()).toMatchObject([{ key: 'app/a' }])
    await expect(store.put('x'.repeat(1022), 'y')).rejects.toMatchObject({ code: 'invalid-key' })
  })

  it('refuse a prefix that is none', async () => {
    class Slashless extends Avatars {
      override readonly prefix = 'app'
    }
    const refused = { name: 'StoreError', code: 'invalid-key', operation: 'open', bucket: 'avatars-smashing' }
    await expect(new Slashless().put('a', 'x')).rejects.toMatchObject(refused)
    expect(() => new Slashless().list()).toThrow('must end in "/" (write "app/")')
  })

  it('give the ACL that a call may replace or leave out', async () => {
    const driver = new Recorder()
    const store = new Private(driver)
    await store.put('a', 'x')
    await store.put('a', 'x', { acl: 'public-read' })
    await store.put('a', 'x', { acl: 'none' })
    await new Avatars(driver).put('a', 'x')
    expect(driver.acls).toEqual(['private', 'public-read', undefined, undefined])
  })

  it('refuse an ACL that is none, before anything is sent', async () => {
    const driver = new Recorder()
    await expect(new Avatars(driver).put('a', 'x', { acl: '' as Acl })).rejects.toMatchObject({
      code: 'invalid-argument',
    })
    expect(driver.acls).toEqual([])
  })

  it('decide what kind of address is shown', async () => {
    const store = new Private(new Recorder())
    expect(await store.url('a')).toBe('https://memory.example/avatars-smashing/app/a?signed')
    expect(await new Avatars(new Recorder()).url('a')).toBe('https://memory.example/avatars-smashing/a')
  })
})

describe('publicUrl', () => {
  class Public extends Avatars {
    override readonly publicBaseUrl: string = 'https://cdn.example/files'
  }

  it.each([
    ['uploads/users/654/leo.jpg', 'uploads/users/654/leo.jpg'],
    ['/uploads/users/654/leo.jpg', 'uploads/users/654/leo.jpg'],
    ['leo at the sea.jpg', 'leo%20at%20the%20sea.jpg'],
    ["leo+me/it's 100% ok?#1.jpg", 'leo%2Bme/it%27s%20100%25%20ok%3F%231.jpg'],
    ['größe/日本.jpg', 'gr%C3%B6%C3%9Fe/%E6%97%A5%E6%9C%AC.jpg'],
  ])('of %j is below the base', (key, path) => {
    expect(new Public().publicUrl(key)).toBe(`https://cdn.example/files/${path}`)
  })

  it('has one slash between base and key, and the prefix of the store', () => {
    class Prefixed extends Public {
      override readonly publicBaseUrl = 'https://cdn.example/'
      override readonly prefix = 'a b/'
    }
    expect(new Prefixed().publicUrl('c')).toBe('https://cdn.example/a%20b/c')
  })

  it('says what to set where neither store nor driver has an address', () => {
    expect(() => new Avatars().publicUrl('a')).toThrow(
      expect.objectContaining({ code: 'unsupported', message: expect.stringContaining('set publicBaseUrl') }),
    )
  })

  it('refuses what is no key', () => {
    expect(() => new Public().publicUrl('../a')).toThrow(expect.objectContaining({ code: 'invalid-key' }))
  })
})

describe('urls', () => {
  it('gives the address of everything below a prefix, without placeholders of consoles', async () => {
    const driver = new Recorder()
    const store = new Avatars(driver)
    for (const key of ['users/1/a.jpg', 'users/1/b c.jpg', 'users/10/c.jpg']) await store.put(key, 'x')
    const placeholder = { bucket: store.bucket, key: 'users/1/' }
    const body = { kind: 'bytes', bytes: new Uint8Array() } as const
    await driver.put(placeholder, body, { attributes: {}, mode: 'overwrite' })
    const base = 'https://memory.example/avatars-smashing'
    expect(await store.urls('/users/1/')).toEqual([`${base}/users/1/a.jpg`, `${base}/users/1/b c.jpg`])
    expect(await store.urls('users/2/')).toEqual([])
  })
})

describe('signed addresses and uploads', () => {
  it('last five minutes where nothing else is said', async () => {
    const driver = new Recorder()
    await new Avatars(driver).signedUrl('a')
    expect(driver.signed).toEqual([{ method: 'GET', expiresInSeconds: 300 }])
  })

  it('refuse headers that would split the reply', async () => {
    const refused = new Avatars(new Recorder()).signedUrl('a', { responseContentType: 'text/html\r\nx: y' })
    await expect(refused).rejects.toMatchObject({ code: 'invalid-argument' })
  })

  it('pin key, type, sizes and lifetime', async () => {
    const store = new Avatars(new Recorder())
    const upload = await store.presignUpload('/tmp/a', { method: 'POST', contentType: 'image/png', maxBytes: 10 })
    const { key, plan } = (upload as Extract<PresignedUpload, { method: 'POST' }>).fields
    expect(key).toBe('tmp/a')
    expect(JSON.parse(plan ?? '')).toEqual({
      ...{ kind: 'post', contentType: 'image/png', minBytes: 1, maxBytes: 10, expiresInSeconds: 300, metadata: {} },
    })
  })

  it.each([
    '/done',
    'javascript:alert(1)',
    'https://leo:secret@app.example/',
    'https://app.example/?a=b',
    'https://app.example/\r\nx: y',
    '',
  ])('send nobody to %j', async (successRedirect) => {
    const options = { method: 'POST', contentType: 'image/png', maxBytes: 10, successRedirect } as const
    const refused = new Avatars(new Recorder()).presignUpload('a', options)
    await expect(refused).rejects.toMatchObject({ code: 'invalid-argument' })
    await expect(refused).rejects.not.toThrow('secret')
  })

  it('refuse a method that is none', async () => {
    const options = { method: 'PATCH', contentType: 'image/png', maxBytes: 10 } as unknown as { method: 'POST' } & {
      contentType: string
      maxBytes: number
    }
    await expect(new Avatars(new Recorder()).presignUpload('a', options)).rejects.toThrow(
      'expected method to be one of "POST", "PUT"; received "PATCH"',
    )
  })
})

describe('entries of a listing', () => {
  it('are keys as they are, whatever anybody wrote there', async () => {
    const driver = new MemoryDriver()
    const store = new Avatars(driver)
    const foreign = { bucket: store.bucket, key: '/uploads//..\\old' }
    const body = { kind: 'bytes', bytes: Buffer.from('foreign') } as const
    await driver.put(foreign, body, { attributes: {}, mode: 'overwrite' })
    const [entry] = await store.list().toArray()
    if (!entry) throw new Error('expected an entry')
    expect((await buffer((await store.get(entry)).body)).toString()).toBe('foreign')
    await store.copy(entry, 'uploads/new')
    await store.delete(entry)
    expect((await store.list().toArray()).map(({ key }) => key)).toEqual(['uploads/new'])
  })

  it('are keys only as they came', async () => {
    const store = new Avatars()
    await store.put('a', 'x')
    const [entry] = await store.list().toArray()
    if (!entry) throw new Error('expected an entry')
    await expect(store.get({ ...entry, key: '../secret' })).rejects.toMatchObject({
      code: 'invalid-key',
      message: expect.stringContaining('as it came'),
    })
  })
})

describe('a put that is refused', () => {
  it.each([
    ['its key', '../a', {}],
    ['its options', 'a', { contentType: 'ü' }],
    ['its length', 'a', { contentLength: -1 }],
  ])('for %s releases the stream', async (_what, key, options) => {
    const stream = new Readable({ read() {} })
    await expect(new Avatars().put(key, stream, options)).rejects.toMatchObject({ name: 'StoreError' })
    expect(stream.destroyed).toBe(true)
  })

  it('for its body names what is allowed', async () => {
    await expect(new Avatars().put('a', 7 as unknown as string)).rejects.toThrow(
      'expected a body of type string, Uint8Array, Blob, Readable, ReadableStream or AsyncIterable; received 7',
    )
  })
})
