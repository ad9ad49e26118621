import fc from 'fast-check'
import type { ByteRange } from '../../src/contract/driver.js'

/** Which ETag a condition names: that of the current version, of an earlier one, or one that never was. */
export type EtagChoice = 'current' | 'stale' | 'never'

export interface Attributes {
  readonly contentType?: string
  readonly cacheControl?: string
  readonly metadata: Readonly<Record<string, string>>
}

/** One thing that a user does, through one of two servers. */
export type Action = { readonly server: 0 | 1 } & (
  | {
      readonly kind: 'put'
      readonly key: string
      readonly size: number
      readonly body: 'bytes' | 'stream' | 'stream of known length'
      readonly mode: 'overwrite' | 'create' | EtagChoice
      readonly attributes: Attributes
    }
  | {
      readonly kind: 'get'
      readonly key: string
      readonly range?: ByteRange
      readonly ifMatch?: EtagChoice
      readonly ifNoneMatch?: EtagChoice
    }
  | { readonly kind: 'head'; readonly key: string; readonly ifMatch?: EtagChoice; readonly ifNoneMatch?: EtagChoice }
  | { readonly kind: 'list'; readonly prefix: string; readonly pageSize: number; readonly startAfter?: string }
  | { readonly kind: 'level'; readonly prefix: string; readonly pageSize: number }
  | {
      readonly kind: 'copy'
      readonly from: string
      readonly to: string
      readonly sourceIfMatch?: EtagChoice
      readonly attributes?: Attributes
    }
  | { readonly kind: 'delete'; readonly key: string; readonly ifMatch?: EtagChoice }
  | { readonly kind: 'delete prefix'; readonly prefix: string }
  | {
      readonly kind: 'parts'
      readonly key: string
      readonly size: number
      readonly end: 'complete' | 'abort'
      readonly attributes: Attributes
    }
)

/** Few names, so that actions meet; odd ones, and such that begin alike. None lies below another, which disks can't hold. */
const KEYS = [
  'a',
  'users/1/x',
  'users/1/x2',
  'users/1/X y+%48',
  'users/10/x',
  'users/1/deep/é?#',
  'users/2/～',
  'users/2/🪣',
]
const PREFIXES = ['', 'users/', 'users/1/', 'users/10/', 'users/1/deep/', 'nobody/']

const key = fc.constantFrom(...KEYS)
const prefix = fc.constantFrom(...PREFIXES)
const etag = fc.constantFrom('current', 'stale', 'never')
const pageSize = fc.constantFrom(1, 2, 3, 1000)
const size = fc.oneof(fc.constantFrom(0, 1), fc.nat({ max: 20 }))

const attributes: fc.Arbitrary<Attributes> = fc.record(
  {
    contentType: fc.constantFrom('image/jpeg', 'text/plain; charset=utf-8'),
    cacheControl: fc.constantFrom('no-store', 'public, max-age=60'),
    metadata: fc.dictionary(fc.constantFrom('by', 'camera-model'), fc.constantFrom('', 'leo', ' für 世界 '), {
      noNullPrototype: true,
    }),
  },
  { requiredKeys: ['metadata'] },
)

const range: fc.Arbitrary<ByteRange> = fc.oneof(
  fc.record({ offset: fc.nat({ max: 22 }), length: fc.nat({ max: 8 }) }, { requiredKeys: ['offset'] }),
  fc.record({ suffix: fc.integer({ min: 1, max: 22 }) }),
)

const conditions = { ifMatch: etag, ifNoneMatch: etag }

const withoutServer = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('put'),
      key,
      size,
      body: fc.constantFrom('bytes', 'stream', 'stream of known length'),
      mode: fc.oneof(fc.constant('overwrite'), fc.constant('create'), etag),
      attributes,
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('get'), key, range, ...conditions }, { requiredKeys: ['kind', 'key'] }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('head'), key, ...conditions }, { requiredKeys: ['kind', 'key'] }),
  },
  {
    weight: 3,
    arbitrary: fc.record(
      { kind: fc.constant('list'), prefix, pageSize, startAfter: key },
      { requiredKeys: ['kind', 'prefix', 'pageSize'] },
    ),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('level'), prefix, pageSize }) },
  {
    weight: 3,
    arbitrary: fc.record(
      { kind: fc.constant('copy'), from: key, to: key, sourceIfMatch: etag, attributes },
      { requiredKeys: ['kind', 'from', 'to'] },
    ),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('delete'), key, ifMatch: etag }, { requiredKeys: ['kind', 'key'] }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('delete prefix'), prefix }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('parts'),
      key,
      size: fc.integer({ min: 1, max: 20 }),
      end: fc.constantFrom('complete', 'abort'),
      attributes,
    }),
  },
)

export const anyActions: fc.Arbitrary<Action[]> = fc.array(
  fc
    .tuple(withoutServer, fc.constantFrom(0, 1))
    .map(([action, server]) => ({ ...action, server })) as fc.Arbitrary<Action>,
  { minLength: 1, maxLength: 25 },
)
