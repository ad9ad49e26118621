import { Readable } from 'node:stream'
import type {
  DriverBody,
  DriverCopyOptions,
  DriverGetOptions,
  DriverListOptions,
  DriverPutOptions,
  ListPage,
  ObjectLocation,
  StorageDriver,
  StoredObject,
  UploadedPart,
  WriteMode,
} from '../../src/contract/driver.js'
import { MemoryDriver } from '../../src/drivers/memory/index.js'
import { DriverError } from '../../src/errors.js'

/** A driver that breaks one promise, and the clause that has to notice. */
export interface BrokenDriver {
  readonly flaw: string
  readonly caughtBy: string
  make(): StorageDriver
}

type Made = Promise<{ readonly etag: string }>

class ForgetsMetadata extends MemoryDriver {
  override put(at: ObjectLocation, body: DriverBody, options: DriverPutOptions): Made {
    return super.put(at, body, { ...options, attributes: { ...options.attributes, metadata: {} } })
  }
}

class TrimsMetadata extends MemoryDriver {
  override put(at: ObjectLocation, body: DriverBody, options: DriverPutOptions): Made {
    const trimmed = Object.entries(options.attributes.metadata ?? {}).map(([name, value]) => [name, value.trim()])
    return super.put(at, body, {
      ...options,
      attributes: { ...options.attributes, metadata: Object.fromEntries(trimmed) },
    })
  }
}

class IgnoresCreate extends MemoryDriver {
  override put(at: ObjectLocation, body: DriverBody, options: DriverPutOptions): Made {
    return super.put(at, body, { ...options, mode: options.mode === 'create' ? 'overwrite' : options.mode })
  }
}

class AcceptsStaleEtags extends MemoryDriver {
  override put(at: ObjectLocation, body: DriverBody, options: DriverPutOptions): Made {
    return super.put(at, body, { ...options, mode: typeof options.mode === 'object' ? 'overwrite' : options.mode })
  }
}

class ChecksBeforeItWrites extends MemoryDriver {
  override async put(at: ObjectLocation, body: DriverBody, options: DriverPutOptions): Made {
    if (typeof options.mode !== 'object') return super.put(at, body, options)
    const { etag } = await this.head(at, {})
    if (etag !== options.mode.ifMatch) throw new DriverError('precondition-failed', 'it changed')
    await new Promise((resolve) => setTimeout(resolve, 1))
    return super.put(at, body, { ...options, mode: 'overwrite' })
  }
}

class WritesInTwoSteps extends MemoryDriver {
  override async put(at: ObjectLocation, body: DriverBody, options: DriverPutOptions): Made {
    await super.put(at, { kind: 'bytes', bytes: Buffer.alloc(0) }, options)
    return super.put(at, body, options)
  }
}

class DeletesBeforeItWrites extends MemoryDriver {
  override async put(at: ObjectLocation, body: DriverBody, options: DriverPutOptions): Made {
    if (options.mode === 'overwrite') await this.delete(at)
    return super.put(at, body, options)
  }
}

class GivesOneEtagToAll extends MemoryDriver {
  override async put(at: ObjectLocation, body: DriverBody, options: DriverPutOptions): Made {
    await super.put(at, body, options)
    return { etag: '"same"' }
  }
}

class FindsTheMissing extends MemoryDriver {
  override async get(at: ObjectLocation, options: DriverGetOptions): Promise<StoredObject> {
    return super.get(at, options).catch(() => ({
      ...{ key: at.key, size: 0, etag: '"none"', lastModified: new Date(), metadata: {} },
      body: Readable.from([]),
    }))
  }
}

class MissesInTheStream extends MemoryDriver {
  override async get(at: ObjectLocation, options: DriverGetOptions): Promise<StoredObject> {
    return super.get(at, options).catch((error: Error) => ({
      ...{ key: at.key, size: 0, etag: '"none"', lastModified: new Date(), metadata: {} },
      body: new Readable({ read() {} }).destroy(error),
    }))
  }
}

class SaysUnknownForMissing extends MemoryDriver {
  override async head(): Promise<never> {
    throw new Error('HTTP 404')
  }
}

class SharesItsBuffers extends MemoryDriver {
  readonly #shared = new Map<string, Buffer>()

  override async put(at: ObjectLocation, body: DriverBody, options: DriverPutOptions): Made {
    if (body.kind === 'bytes') this.#shared.set(at.key, Buffer.from(body.bytes))
    return super.put(at, body, options)
  }

  override async get(at: ObjectLocation, options: DriverGetOptions): Promise<StoredObject> {
    const opened = await super.get(at, options)
    const shared = this.#shared.get(at.key)
    return shared ? { ...opened, body: Readable.from([shared], { objectMode: false }) } : opened
  }
}

class TellsTheRangeAsSize extends MemoryDriver {
  override async get(at: ObjectLocation, options: DriverGetOptions): Promise<StoredObject> {
    const opened = await super.get(at, options)
    return { ...opened, size: opened.range?.length ?? opened.size }
  }
}

class TakesLengthForEnd extends MemoryDriver {
  override get(at: ObjectLocation, options: DriverGetOptions): Promise<StoredObject> {
    const { range } = options
    if (!range || 'suffix' in range || range.length === undefined) return super.get(at, options)
    return super.get(at, { ...options, range: { offset: range.offset, length: range.length + 1 } })
  }
}

class IgnoresReadConditions extends MemoryDriver {
  override get(at: ObjectLocation, { range, signal }: DriverGetOptions): Promise<StoredObject> {
    return super.get(at, { range, signal })
  }
}

class DecodesKeys extends MemoryDriver {
  override put(at: ObjectLocation, body: DriverBody, options: DriverPutOptions): Made {
    return super.put({ ...at, key: at.key.replaceAll('%48', 'H') }, body, options)
  }
}

class FoldsCase extends MemoryDriver {
  override put(at: ObjectLocation, body: DriverBody, options: DriverPutOptions): Made {
    return super.put({ ...at, key: at.key.toLowerCase() }, body, options)
  }

  override get(at: ObjectLocation, options: DriverGetOptions): Promise<StoredObject> {
    return super.get({ ...at, key: at.key.toLowerCase() }, options)
  }
}

class MatchesSiblings extends MemoryDriver {
  override list(bucket: string, prefix: string, options: DriverListOptions): Promise<ListPage> {
    return super.list(bucket, prefix.replace(/\/$/, ''), options)
  }
}

class SortsAsUtf16 extends MemoryDriver {
  override async list(bucket: string, prefix: string, options: DriverListOptions): Promise<ListPage> {
    const page = await super.list(bucket, prefix, options)
    return { ...page, objects: page.objects.toSorted((a, b) => (a.key < b.key ? -1 : 1)) }
  }
}

class LosesTheHeadOfPages extends MemoryDriver {
  override async list(bucket: string, prefix: string, options: DriverListOptions): Promise<ListPage> {
    const page = await super.list(bucket, prefix, options)
    return options.cursor === undefined ? page : { ...page, objects: page.objects.slice(1) }
  }
}

class ListsByNumber extends MemoryDriver {
  override async list(bucket: string, prefix: string, options: DriverListOptions): Promise<ListPage> {
    const start = Number(options.cursor ?? 0)
    const { objects } = await super.list(bucket, prefix, { ...options, cursor: undefined, pageSize: 1000 })
    const end = start + options.pageSize
    return { objects: objects.slice(start, end), prefixes: [], cursor: end < objects.length ? String(end) : undefined }
  }
}

class BeginsAtTheKey extends MemoryDriver {
  override async list(bucket: string, prefix: string, options: DriverListOptions): Promise<ListPage> {
    const page = await super.list(bucket, prefix, options)
    const { startAfter } = options
    if (startAfter === undefined) return page
    const own = await this.head({ bucket, key: startAfter }, {}).catch(() => undefined)
    return own ? { ...page, objects: [own, ...page.objects] } : page
  }
}

class FoldsPerPage extends MemoryDriver {
  override async list(bucket: string, prefix: string, options: DriverListOptions): Promise<ListPage> {
    const page = await super.list(bucket, prefix, { ...options, delimiter: undefined })
    if (options.delimiter === undefined) return page
    const folded = page.objects.map(({ key }) => key.slice(prefix.length).match(/^[^/]*\//)?.[0])
    return {
      cursor: page.cursor,
      objects: page.objects.filter((_, index) => folded[index] === undefined),
      prefixes: [...new Set(folded.filter((name) => name !== undefined).map((name) => prefix + name))],
    }
  }
}

class RefusesToDeleteTheMissing extends MemoryDriver {
  override async delete(at: ObjectLocation): Promise<void> {
    await this.head(at, {})
    await super.delete(at)
  }
}

class DeletesWhatBeginsAlike extends MemoryDriver {
  override async delete(at: ObjectLocation): Promise<void> {
    const { objects } = await this.list(at.bucket, at.key, { pageSize: 1000 })
    await this.deleteMany(
      at.bucket,
      objects.map(({ key }) => key),
    )
  }
}

class ForgetsTheLastDelete extends MemoryDriver {
  override deleteMany(bucket: string, keys: readonly string[]): Promise<readonly []> {
    return super.deleteMany(bucket, keys.slice(0, -1))
  }
}

class CopiesByName extends MemoryDriver {
  readonly #aliases = new Map<string, string>()

  override async copy(from: ObjectLocation, to: ObjectLocation, options: DriverCopyOptions): Made {
    this.#aliases.set(to.key, from.key)
    return super.copy(from, to, options)
  }

  override get(at: ObjectLocation, options: DriverGetOptions): Promise<StoredObject> {
    return super.get({ ...at, key: this.#aliases.get(at.key) ?? at.key }, options)
  }
}

class KeepsAttributesInCopies extends MemoryDriver {
  override async copy(from: ObjectLocation, to: ObjectLocation, options: DriverCopyOptions): Made {
    const { metadata, cacheControl } = await this.head(from, {})
    const attributes = options.attributes && { cacheControl, ...options.attributes, metadata }
    return super.copy(from, to, { ...options, attributes })
  }
}

class CopiesAnyVersion extends MemoryDriver {
  override copy(from: ObjectLocation, to: ObjectLocation, options: DriverCopyOptions): Made {
    return super.copy(from, to, { ...options, sourceIfMatch: undefined })
  }
}

class ShowsUnfinishedUploads extends MemoryDriver {
  override async createMultipart(at: ObjectLocation, options: DriverPutOptions): Promise<string> {
    await this.put(at, { kind: 'bytes', bytes: Buffer.alloc(0) }, options)
    return super.createMultipart(at, options)
  }
}

class JoinsPartsAsTheyCame extends MemoryDriver {
  readonly #arrived: number[] = []

  override async uploadPart(at: ObjectLocation, uploadId: string, partNumber: number, body: DriverBody): Made {
    this.#arrived.push(partNumber)
    return super.uploadPart(at, uploadId, partNumber, body)
  }

  override completeMultipart(
    at: ObjectLocation,
    uploadId: string,
    parts: readonly Omit<UploadedPart, 'size'>[],
    options: { readonly mode: WriteMode },
  ): Made {
    const place = (part: { readonly partNumber: number }): number => this.#arrived.indexOf(part.partNumber)
    const came = parts.toSorted((a, b) => place(a) - place(b))
    return super.completeMultipart(at, uploadId, came, options)
  }
}

class LeavesUploadsBehind extends MemoryDriver {
  override async abortMultipart(): Promise<void> {}
}

class DeletesAnyVersion extends MemoryDriver {
  override async delete(at: ObjectLocation): Promise<void> {
    await super.delete(at)
  }
}

/** Every flaw is one that some real service, library or first draft had. */
export const BROKEN_DRIVERS: readonly BrokenDriver[] = [
  broken('forgets metadata', ForgetsMetadata, 'keeps type, caching, disposition, encoding and metadata'),
  broken('trims metadata', TrimsMetadata, 'keeps spaces around in metadata'),
  broken('ignores the create mode', IgnoresCreate, 'creates an object once'),
  broken('accepts a stale ETag', AcceptsStaleEtags, 'leaves another version than the one named'),
  broken('checks, then writes', ChecksBeforeItWrites, 'counts exactly when several servers increment at once'),
  broken('makes the object before its bytes', WritesInTwoSteps, 'shows nothing of a stream before its end'),
  broken(
    'deletes before it writes',
    DeletesBeforeItWrites,
    'passes the error of a source on as it is, and leaves what was there',
  ),
  broken('gives one ETag to all', GivesOneEtagToAll, 'replaces content, size, ETag and attributes together'),
  broken('finds what is missing', FindsTheMissing, 'rejects a missing object with `not-found`, before any stream'),
  broken('misses in the stream', MissesInTheStream, 'rejects a missing object with `not-found`, before any stream'),
  broken('does not say why', SaysUnknownForMissing, 'names operation, key and bucket, and keeps the cause'),
  broken('shares its buffers', SharesItsBuffers, 'hands out bytes and metadata that the caller may change'),
  broken('tells a range’s length as the size', TellsTheRangeAsSize, 'reads the middle, and says which bytes these are'),
  broken('takes a length for an end', TakesLengthForEnd, 'reads the middle, and says which bytes these are'),
  broken('ignores conditions of reads', IgnoresReadConditions, 'reads only the version that is named'),
  broken('decodes keys', DecodesKeys, 'keeps keys with percent literals as they are, in every verb'),
  broken('folds case', FoldsCase, 'tells keys apart that differ only in case'),
  broken('matches siblings', MatchesSiblings, 'lists what is below a prefix, and no sibling that begins alike'),
  broken('sorts as UTF-16', SortsAsUtf16, 'lists every key in the order of its UTF-8 bytes'),
  broken('loses the first key of a page', LosesTheHeadOfPages, 'gives the same in pages of 1, 2, 3 and exactly all'),
  broken('pages by number', ListsByNumber, 'lists every lasting key once while others are deleted between pages'),
  broken('begins at the key itself', BeginsAtTheKey, 'begins after a key, which need not exist'),
  broken('folds page by page', FoldsPerPage, 'folds the same in pages of 1, 2 and 3'),
  broken('refuses to delete twice', RefusesToDeleteTheMissing, 'finds nothing wrong in deleting what is not there'),
  broken('deletes what begins alike', DeletesWhatBeginsAlike, 'deletes nothing else'),
  broken('forgets one of many deletes', ForgetsTheLastDelete, 'deletes a prefix and says how many that were'),
  broken('deletes any version', DeletesAnyVersion, 'deletes only the version that is asked for'),
  broken('copies by name', CopiesByName, 'makes no alias: the copy stays when the source changes or goes'),
  broken('keeps attributes', KeepsAttributesInCopies, 'replaces all attributes where new ones are given'),
  broken('copies any version', CopiesAnyVersion, 'copies only the version that is asked for'),
  broken(
    'shows unfinished uploads',
    ShowsUnfinishedUploads,
    'assembles parts that came out of order, and shows nothing before',
  ),
  broken(
    'joins parts as they came',
    JoinsPartsAsTheyCame,
    'assembles parts that came out of order, and shows nothing before',
  ),
  broken(
    'leaves uploads behind',
    LeavesUploadsBehind,
    'cancels a long stream of unknown length, and leaves what was there',
  ),
]

function broken(flaw: string, Driver: new () => StorageDriver, caughtBy: string): BrokenDriver {
  return { flaw, caughtBy, make: () => new Driver() }
}
