import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { StorageDriver } from '../src/contract/driver.js'
import { DiskDriver } from '../src/drivers/disk/index.js'
import { MemoryDriver } from '../src/drivers/memory/index.js'
import { S3Driver } from '../src/drivers/s3/index.js'
import { BucketStore } from '../src/store/bucket-store.js'

interface Settings {
  readonly prefix?: string
  readonly publicBaseUrl?: string
}

class Photos extends BucketStore {
  readonly bucket = 'photos'
  override readonly contentDir = '/srv/content'
  override readonly prefix: string
  override readonly publicBaseUrl: BucketStore['publicBaseUrl']

  constructor(driver: StorageDriver, { prefix = '', publicBaseUrl }: Settings = {}) {
    super(driver)
    this.prefix = prefix
    this.publicBaseUrl = publicBaseUrl
  }
}

const segment = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 10 })
  .map((text) => text.normalize('NFC'))
  .filter((text) => /^[^/\\\p{Cc}\u{FFFE}\u{FFFF}]+$/u.test(text) && !/^\.\.?$/.test(text) && text.isWellFormed())
const key = fc.array(segment, { minLength: 1, maxLength: 5 }).map((segments) => segments.join('/'))

const secrets = ['0123456789abcdef0123456789abcdef']
const credentials = { accessKeyId: 'key', secretAccessKey: 'secret' }
const aws = { region: 'eu-central-1', credentials }
/** Address above the keys, and a store that writes such addresses. */
const STORES: readonly (readonly [string, Photos])[] = [
  ['https://photos.s3.eu-central-1.amazonaws.com/', new Photos(new S3Driver(aws))],
  ['https://s3.eu-central-1.amazonaws.com/photos/', new Photos(new S3Driver({ ...aws, urlStyle: 'path' }))],
  ['http://127.0.0.1:9000/photos/', new Photos(new S3Driver({ ...aws, endpoint: 'http://127.0.0.1:9000' }))],
  ['https://cdn.example/p/', new Photos(new MemoryDriver(), { publicBaseUrl: 'https://cdn.example/p/' })],
  [
    'https://cdn.example/a/b/',
    new Photos(new MemoryDriver(), { publicBaseUrl: 'https://cdn.example', prefix: 'a/b/' }),
  ],
  [
    'https://app.example/objects/photos/',
    new Photos(new DiskDriver({ directory: '/srv/data', baseUrl: 'https://app.example/objects', secrets })),
  ],
]

/** What a server reads out of an address: its path, each segment decoded once. */
function keyIn(address: string, above: string): string {
  const url = new URL(address)
  expect(url.href, 'a browser must not rewrite it').toBe(address)
  expect(address.startsWith(above)).toBe(true)
  return url.pathname.slice(new URL(above).pathname.length).split('/').map(decodeURIComponent).join('/')
}

describe('any key', () => {
  it('comes back from its relative path and from its file', () => {
    const [[, store]] = STORES as [(typeof STORES)[0]]
    fc.assert(
      fc.property(key, (text) => {
        expect(store.key(store.file(text))).toBe(text)
        expect(store.file(store.relativePath(text))).toBe(store.file(text))
        expect(store.key(store.relativePath(text).slice(1))).toBe(text)
      }),
    )
  })

  it.each(STORES)('comes back from its public address below %s', (above, store) => {
    fc.assert(
      fc.property(key, (text) => {
        expect(keyIn(store.publicUrl(text), above)).toBe(text)
      }),
    )
  })

  // A CDN knows no signatures of ours.
  const signing = STORES.filter(([above]) => !above.includes('//cdn.'))
  it.each(signing)('comes back from its signed address below %s', async (above, store) => {
    await fc.assert(
      fc.asyncProperty(key, async (text) => {
        const [address] = (await store.signedUrl(text)).split('?')
        expect(keyIn(address ?? '', above)).toBe(text)
      }),
      { numRuns: 50 },
    )
  })
})
