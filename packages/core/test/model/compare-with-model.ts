import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import fc from 'fast-check'
import type { ObjectHead, StorageDriver } from '../../src/contract/driver.js'
import { StoreError, type StoreErrorCode } from '../../src/errors.js'
import { BucketStore } from '../../src/store/bucket-store.js'
import type { PutOptions } from '../../src/store/options.js'
import { type Action, anyActions, type EtagChoice } from './actions.js'
import { cut, StoreModel, type Version } from './store-model.js'

type Of<Kind extends Action['kind']> = Extract<Action, { readonly kind: Kind }>

export class Modelled extends BucketStore {
  constructor(
    driver: StorageDriver,
    readonly bucket: string,
    override readonly prefix = '',
  ) {
    super(driver)
  }
}

/** Two servers over the same bucket, which is empty. */
export type Servers = readonly [BucketStore, BucketStore]

export interface ComparisonOptions {
  /** Sequences to try. */
  readonly numRuns: number
  /** Makes the sequences the same each time. Default: other ones in every run. */
  readonly seed?: number
  /** What a service makes of the condition of a delete. Default `heeded`. */
  readonly conditionalDelete?: 'heeded' | 'unsupported'
}

/** Runs random sequences of actions on stores and on the model, and fails with the shortest on which they differ. */
export async function compareWithModel(
  open: () => Promise<Servers>,
  { numRuns, seed, conditionalDelete = 'heeded' }: ComparisonOptions,
): Promise<void> {
  await fc.assert(
    fc.asyncProperty(anyActions, async (actions) => {
      const servers = await open()
      const run = new Comparison(servers, new StoreModel(), conditionalDelete)
      for (const action of actions) await run.perform(action)
      await run.compareAll()
    }),
    { numRuns, ...(seed === undefined ? {} : { seed }) },
  )
}

class Comparison {
  readonly #servers: Servers
  readonly #model: StoreModel
  readonly #conditionalDelete: 'heeded' | 'unsupported'
  #writes = 0

  constructor(servers: Servers, model: StoreModel, conditionalDelete: 'heeded' | 'unsupported') {
    this.#servers = servers
    this.#model = model
    this.#conditionalDelete = conditionalDelete
  }

  async perform(action: Action): Promise<void> {
    const store = this.#servers[action.server]
    switch (action.kind) {
      case 'put':
        return this.#put(store, action)
      case 'get':
        return this.#get(store, action)
      case 'head':
        return this.#head(store, action)
      case 'list':
        return this.#list(store, action)
      case 'level':
        return this.#level(store, action)
      case 'copy':
        return this.#copy(store, action)
      case 'delete':
        return this.#delete(store, action)
      case 'delete prefix':
        return this.#deletePrefix(store, action)
      case 'parts':
        return this.#parts(store, action)
    }
  }

  /** Everything, seen through both servers. */
  async compareAll(): Promise<void> {
    for (const server of [0, 1] as const) {
      await this.perform({ server, kind: 'list', prefix: '', pageSize: 1000 })
      for (const key of this.#model.keys()) await this.perform({ server, kind: 'get', key })
    }
    assert.deepEqual(await this.#servers[0].unfinishedUploads(), [])
  }

  async #put(store: BucketStore, { key, size, body, mode, attributes }: Of<'put'>): Promise<void> {
    const bytes = this.#newBytes(size)
    const isPlain = mode === 'overwrite' || mode === 'create'
    const options: PutOptions = {
      ...attributes,
      mode: isPlain ? mode : { ifMatch: this.#model.etag(key, mode) },
      ...(body === 'stream of known length' && { contentLength: bytes.length }),
    }
    const current = this.#model.current(key)
    const written = await outcome(store.put(key, body === 'bytes' ? bytes : Readable.from([bytes]), options))
    if (mode === 'create' && current) return expectCode(written, 'already-exists')
    if (!isPlain && current?.etag !== this.#model.etag(key, mode)) return expectCode(written, 'precondition-failed')
    const { etag, ...rest } = granted(written)
    assert.deepEqual(rest, { key, size: bytes.length })
    if (current && !current.bytes.equals(bytes)) assert.notEqual(etag, current.etag)
    this.#model.set(key, { bytes, etag, attributes })
  }

  async #get(store: BucketStore, action: Of<'get'>): Promise<void> {
    const { key, range } = action
    const opened = await outcome(store.get(key, { ...this.#conditions(action), ...(range && { range }) }))
    const refusal = this.#refusal(action)
    if (refusal) return expectCode(opened, refusal)
    const version = this.#model.current(key) as Version
    const expected = cut(version.bytes, range)
    if (expected === undefined) return expectCode(opened, 'invalid-argument')
    const { body, range: sent, ...head } = granted(opened)
    assert.deepEqual(await buffer(body), Buffer.from(expected))
    assert.equal(sent?.length, range && expected.length)
    compareHead(head, key, version)
  }

  async #head(store: BucketStore, action: Of<'head'>): Promise<void> {
    const head = await outcome(store.head(action.key, this.#conditions(action)))
    const refusal = this.#refusal(action)
    if (refusal) return expectCode(head, refusal)
    compareHead(granted(head), action.key, this.#model.current(action.key) as Version)
  }

  async #list(store: BucketStore, { prefix, pageSize, startAfter }: Of<'list'>): Promise<void> {
    const seen: unknown[] = []
    for await (const page of store.list(prefix, { pageSize, ...(startAfter && { startAfter }) }).pages()) {
      assert.ok(page.objects.length <= pageSize)
      seen.push(...page.objects.map(({ key, size, etag }) => ({ key, size, etag })))
    }
    const expected = this.#model.keys(prefix, startAfter).map((key) => {
      const { bytes, etag } = this.#model.current(key) as Version
      return { key, size: bytes.length, etag }
    })
    assert.deepEqual(seen, expected)
  }

  async #level(store: BucketStore, { prefix, pageSize }: Of<'level'>): Promise<void> {
    const objects: string[] = []
    const prefixes: string[] = []
    for await (const page of store.list(prefix, { pageSize, delimiter: '/' }).pages()) {
      objects.push(...page.objects.map(({ key }) => key))
      prefixes.push(...page.prefixes)
    }
    assert.deepEqual({ objects, prefixes }, this.#model.level(prefix))
  }

  async #copy(store: BucketStore, { from, to, sourceIfMatch, attributes }: Of<'copy'>): Promise<void> {
    const pinned = sourceIfMatch && this.#model.etag(from, sourceIfMatch)
    const options = { ...(attributes && { attributes }), ...(pinned && { sourceIfMatch: pinned }) }
    const source = this.#model.current(from)
    const copied = await outcome(store.copy(from, to, options))
    if (!source) return expectCode(copied, 'not-found')
    if (pinned !== undefined && pinned !== source.etag) return expectCode(copied, 'precondition-failed')
    const { etag, key } = granted(copied)
    assert.equal(key, to)
    this.#model.set(to, { bytes: source.bytes, etag, attributes: attributes ?? source.attributes })
  }

  async #delete(store: BucketStore, { key, ifMatch }: Of<'delete'>): Promise<void> {
    const etag = ifMatch && this.#model.etag(key, ifMatch)
    const deleted = await outcome(store.delete(key, etag === undefined ? {} : { ifMatch: etag }))
    if (etag !== undefined && this.#conditionalDelete === 'unsupported') return expectCode(deleted, 'unsupported')
    const current = this.#model.current(key)
    if (etag !== undefined && current && current.etag !== etag) return expectCode(deleted, 'precondition-failed')
    granted(deleted)
    this.#model.delete(key)
  }

  async #deletePrefix(store: BucketStore, { prefix }: Of<'delete prefix'>): Promise<void> {
    const doomed = this.#model.keys(prefix)
    assert.equal(await store.deletePrefix(prefix), doomed.length)
    for (const key of doomed) this.#model.delete(key)
  }

  async #parts(store: BucketStore, { server, key, size, end, attributes }: Of<'parts'>): Promise<void> {
    const bytes = this.#newBytes(size)
    const { uploadId } = await store.multipart(key, attributes)
    const elsewhere = await (this.#servers[1 - server] as BucketStore).multipart(key, { uploadId })
    const part = await elsewhere.uploadPart(1, bytes)
    if (end === 'abort') return elsewhere.abort()
    const { etag } = await elsewhere.complete([part])
    this.#model.set(key, { bytes, etag, attributes })
  }

  #conditions({ key, ifMatch, ifNoneMatch }: Of<'get'> | Of<'head'>) {
    return {
      ...(ifMatch && { ifMatch: this.#model.etag(key, ifMatch) }),
      ...(ifNoneMatch && { ifNoneMatch: this.#model.etag(key, ifNoneMatch) }),
    }
  }

  #refusal({ key, ifMatch, ifNoneMatch }: Of<'get'> | Of<'head'>): StoreErrorCode | undefined {
    const current = this.#model.current(key)
    if (!current) return 'not-found'
    const isCurrent = (choice: EtagChoice): boolean => this.#model.etag(key, choice) === current.etag
    if (ifMatch && !isCurrent(ifMatch)) return 'precondition-failed'
    return ifNoneMatch && isCurrent(ifNoneMatch) ? 'precondition-failed' : undefined
  }

  /** Content that differs from write to write, but for the shortest. */
  #newBytes(size: number): Buffer {
    this.#writes += 1
    return Buffer.from(`${this.#writes}.`.repeat(size)).subarray(0, size)
  }
}

function compareHead(head: ObjectHead, key: string, { bytes, etag, attributes }: Version): void {
  const { contentType, cacheControl, metadata } = head
  assert.deepEqual(
    { key: head.key, size: head.size, etag: head.etag, cacheControl, metadata: { ...metadata } },
    { key, size: bytes.length, etag, cacheControl: attributes.cacheControl, metadata: { ...attributes.metadata } },
  )
  if (attributes.contentType !== undefined) assert.equal(contentType, attributes.contentType)
}

type Outcome<T> = { readonly value: T } | { readonly error: StoreError }

async function outcome<T>(call: Promise<T>): Promise<Outcome<T>> {
  return call.then(
    (value) => ({ value }),
    (error) => {
      if (StoreError.is(error)) return { error }
      throw error
    },
  )
}

function granted<T>(outcome: Outcome<T>): T {
  if ('error' in outcome) throw outcome.error
  return outcome.value
}

function expectCode(outcome: Outcome<unknown>, code: StoreErrorCode): void {
  assert.equal('error' in outcome ? outcome.error.code : 'ok', code)
}
