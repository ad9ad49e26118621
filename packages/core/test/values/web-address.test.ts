import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MemoryDriver } from '../../src/drivers/memory/index.js'
import { S3Driver, type S3DriverOptions } from '../../src/drivers/s3/index.js'
import { baseOf, checkBaseUrl, withScheme } from '../../src/values/web-address.js'
import { Avatars } from '../avatars.js'

class Public extends Avatars {
  override publicBaseUrl: string | readonly string[] | undefined

  constructor(publicBaseUrl: string | readonly string[] | undefined, driver = new MemoryDriver()) {
    super(driver)
    this.publicBaseUrl = publicBaseUrl
  }
}

const onS3 = (options: S3DriverOptions): Avatars => new Avatars(new S3Driver(options))

/** What a person may name a picture, and how that stands in an address. */
const GOLDEN = [
  ['uploads/users/654/leo.jpg', 'uploads/users/654/leo.jpg'],
  ['leo at the sea.jpg', 'leo%20at%20the%20sea.jpg'],
  ['a+b.jpg', 'a%2Bb.jpg'],
  ["it's leo's.jpg", 'it%27s%20leo%27s.jpg'],
  ['"leo".jpg', '%22leo%22.jpg'],
  ['100%.jpg', '100%25.jpg'],
  ['a%20b.jpg', 'a%2520b.jpg'],
  ['#1.jpg', '%231.jpg'],
  ['who?.jpg', 'who%3F.jpg'],
  ['you&me=<us>.jpg', 'you%26me%3D%3Cus%3E.jpg'],
  ['größe/日本.jpg', 'gr%C3%B6%C3%9Fe/%E6%97%A5%E6%9C%AC.jpg'],
  ['🪣.png', '%F0%9F%AA%A3.png'],
  ['(a)!*~_-.jpg', '%28a%29%21%2A~_-.jpg'],
] as const

describe('a public address', () => {
  it.each(GOLDEN)('of %j ends in %j, wherever it leads', (key, path) => {
    const cdn = new Public('https://cdn.example/files/')
    expect(cdn.publicUrl(key)).toBe(`https://cdn.example/files/${path}`)
    expect(new Public('/objects').publicUrl(`/${key}`)).toBe(`/objects/${path}`)
    expect(onS3({ region: 'eu-central-1' }).publicUrl(key)).toBe(
      `https://avatars-smashing.s3.eu-central-1.amazonaws.com/${path}`,
    )
    expect(onS3({ endpoint: 'http://ceph:8000' }).publicUrl(key)).toBe(`http://ceph:8000/avatars-smashing/${path}`)
  })

  it.each(GOLDEN)('of %j can stand in any attribute, and reaches the server as that key', (key) => {
    const address = new Public('https://cdn.example').publicUrl(key)
    expect(address).toMatch(/^[\w:/.~%-]+$/)
    const [, path = ''] = /^<img src='https:\/\/cdn\.example\/([^']*)'>$/.exec(`<img src='${address}'>`) ?? []
    expect(decodeURIComponent(path)).toBe(key)
    expect(new URL(address).href).toBe(address)
  })

  it.each(GOLDEN)('of %j is shown as it is in raw form', (key) => {
    expect(new Public('https://cdn.example').publicUrl(key, { form: 'raw' })).toBe(`https://cdn.example/${key}`)
  })

  it('of whatever key leads back to it', () => {
    const store = new Public('https://cdn.example/files')
    const key = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 }).filter((text) => {
      return !/[\p{Cc}\\\u{FFFE}\u{FFFF}]|^\/|\/\/|\/$|(^|\/)\.\.?(\/|$)/u.test(text) && text.isWellFormed()
    })
    fc.assert(
      fc.property(key, (text) => {
        const url = new URL(store.publicUrl(text))
        expect(decodeURIComponent(url.pathname)).toBe(`/files/${text.normalize('NFC')}`)
        expect(store.publicUrl(text, { form: 'raw' })).toBe(`https://cdn.example/files/${text.normalize('NFC')}`)
      }),
    )
  })

  it('is refused in a form that is none', () => {
    const options = { form: 'html' } as unknown as { form: 'raw' }
    expect(() => new Public('https://cdn.example').publicUrl('a', options)).toThrow('expected form to be one of')
  })
})

describe("the article's address", () => {
  const article = (region: string): Avatars => onS3({ region, urlStyle: 'path', awsHost: 'dash' })

  it('has the bucket in its path, and the region after a dash', () => {
    expect(article('eu-central-1').publicUrl('/uploads/users/654/leo.jpg')).toBe(
      'https://s3-eu-central-1.amazonaws.com/avatars-smashing/uploads/users/654/leo.jpg',
    )
    expect(article('us-east-1').publicUrl('/uploads/users/654/leo.jpg')).toBe(
      'https://s3.amazonaws.com/avatars-smashing/uploads/users/654/leo.jpg',
    )
  })

  it('has the scheme of the request', () => {
    expect(article('eu-central-1').publicUrl('/uploads/leo.jpg', { scheme: 'http' })).toBe(
      'http://s3-eu-central-1.amazonaws.com/avatars-smashing/uploads/leo.jpg',
    )
  })
})

describe('the scheme of an address', () => {
  it('is the one that was asked for', () => {
    expect(withScheme('https://cdn.example/a', undefined)).toBe('https://cdn.example/a')
    expect(withScheme('https://cdn.example/a', 'http')).toBe('http://cdn.example/a')
    expect(withScheme('http://cdn.example/a:8/b', 'https')).toBe('https://cdn.example/a:8/b')
    expect(withScheme('http://[::1]/a', 'https')).toBe('https://[::1]/a')
  })

  it("is the page's own where the base is a path", () => {
    expect(withScheme('/objects/a', 'https')).toBe('/objects/a')
  })

  it('stays where it is that one already, also with a port', () => {
    expect(withScheme('http://127.0.0.1:8000/a', 'http')).toBe('http://127.0.0.1:8000/a')
  })

  it('cannot change where a port speaks another, and that is said', () => {
    for (const host of ['127.0.0.1:8000', 'cdn.example:80', '[::1]:8000']) {
      expect(() => withScheme(`http://${host}/a`, 'https')).toThrow(/a port.*leave scheme out/)
    }
    expect(() => onS3({ endpoint: 'http://ceph:8000' }).publicUrl('a', { scheme: 'https' })).toThrow(
      expect.objectContaining({ code: 'invalid-argument', operation: 'public-url' }),
    )
  })

  it('is one of the two', () => {
    expect(() => withScheme('https://cdn.example/a', 'ftp' as 'http')).toThrow('expected scheme to be one of')
  })

  it('holds for signed addresses and for lists as well', async () => {
    const store = new Public('https://cdn.example')
    await store.put('users/1/a.jpg', 'x')
    expect(await store.url('users/1/a.jpg', { scheme: 'http' })).toBe('http://cdn.example/users/1/a.jpg')
    expect(await store.urls('/users/1/', { scheme: 'http' })).toEqual(['http://cdn.example/users/1/a.jpg'])
    const credentials = { accessKeyId: 'id', secretAccessKey: 'secret' }
    const signing = onS3({ region: 'eu-central-1', credentials })
    expect(await signing.signedUrl('a', { scheme: 'http' })).toMatch(
      /^http:\/\/avatars-smashing\.s3\..*X-Amz-Signature=/,
    )
  })
})

describe('several public hosts', () => {
  const hosts = ['https://a.cdn.example', 'https://b.cdn.example', 'https://c.cdn.example'] as const
  const keys = Array.from({ length: 3000 }, (_, index) => `uploads/users/${index}/leo.jpg`)

  it('share the keys evenly', () => {
    const counts = new Map<string, number>()
    for (const key of keys) counts.set(baseOf(key, hosts), (counts.get(baseOf(key, hosts)) ?? 0) + 1)
    for (const host of hosts) expect(counts.get(host)).toBeGreaterThan(850)
  })

  it('keep their keys on every server, in whatever order they are named', () => {
    const reversed = hosts.toReversed()
    for (const key of keys.slice(0, 200)) expect(baseOf(key, reversed)).toBe(baseOf(key, hosts))
  })

  it('keep what they have when one is added, but for its share', () => {
    const more = [...hosts, 'https://d.cdn.example']
    const moved = keys.filter((key) => baseOf(key, more) !== baseOf(key, hosts))
    expect(moved.every((key) => baseOf(key, more) === 'https://d.cdn.example')).toBe(true)
    expect(moved.length).toBeGreaterThan(600)
    expect(moved.length).toBeLessThan(900)
  })

  it('are the same for a key whichever prefix of it the store has', () => {
    class Below extends Public {
      override readonly prefix = 'uploads/users/'
    }
    expect(new Below(hosts).publicUrl('7/leo.jpg')).toBe(new Public(hosts).publicUrl('uploads/users/7/leo.jpg'))
  })

  it('are golden: a release that moved keys would empty caches', () => {
    expect(keys.slice(0, 8).map((key) => new URL(new Public(hosts).publicUrl(key)).hostname[0])).toEqual(
      'bcaaabac'.split(''),
    )
  })

  it('are at least one', () => {
    expect(() => new Public([]).publicUrl('a')).toThrow('received no URL')
  })
})

describe('a base', () => {
  it.each(['https://cdn.example', 'http://[::1]:8080/a%20b', '/objects', 'https://größe.example/ü'])(
    'like %j is taken as it is',
    (base) => {
      expect(checkBaseUrl('publicBaseUrl', `${base}/`)).toBe(base)
    },
  )

  it.each([
    ...['', 'cdn.example', 'ftp://cdn.example', '//cdn.example', 'objects', 'javascript:alert(1)'],
    ...['https://user:secret@cdn.example', 'https://cdn.example?a=b', 'https://cdn.example/#a', '/a b', '/100%'],
    ...["https://cdn.example/it's", '/"', '/<b>', '/a\\b'],
  ])('like %j is refused, and not shown', (base) => {
    expect(() => new Public(base).publicUrl('a')).toThrow(/expected publicBaseUrl to be like/)
    expect(() => new Public(base).publicUrl('a')).not.toThrow(/secret/)
  })
})
