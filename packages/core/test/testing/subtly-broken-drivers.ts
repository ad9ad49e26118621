import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type {
  DriverBody,
  DriverCopyOptions,
  DriverGetOptions,
  DriverHeadOptions,
  DriverListOptions,
  DriverPutOptions,
  ListPage,
  ObjectAttributes,
  ObjectHead,
  ObjectLocation,
  StoredObject,
  UnfinishedUpload,
  UploadedPart,
  WriteMode,
} from '../../src/contract/driver.js'
import { MemoryDriver } from '../../src/drivers/memory/index.js'
import { DriverError } from '../../src/errors.js'
import type { BrokenDriver } from './broken-drivers.js'

type Made = Promise<{ readonly etag: string }>
type Parts = readonly Omit<UploadedPart, 'size'>[]

async function bytesOf(body: DriverBody): Promise<Uint8Array> {
  return body.kind === 'bytes' ? body.bytes : buffer(body.stream)
}

/** Changes the bytes on their way in. */
abstract class ChangesBytes extends MemoryDriver {
  abstract change(bytes: Uint8Array, kind: DriverBody['kind']): Uint8Array

  override async put(at: ObjectLocation, body: DriverBody, options: DriverPutOptions): Made {
    return super.put(at, { kind: 'bytes', bytes: this.change(await bytesOf(body), body.kind) }, options)
  }
}

class StoresLatin1 extends ChangesBytes {
  change(bytes: Uint8Array): Uint8Array {
    return Buffer.from(Buffer.from(bytes).toString('utf8'), 'latin1')
  }
}

class TakesBytesForText extends ChangesBytes {
  change(bytes: Uint8Array): Uint8Array {
    return Buffer.from(Buffer.from(bytes).toString('utf8'))
  }
}

class StoresTheWholeBuffer extends ChangesBytes {
  change(bytes: Uint8Array): Uint8Array {
    return new Uint8Array(bytes.buffer)
  }
}

class LosesTheLastByteOfStreams extends ChangesBytes {
  change(bytes: Uint8Array, kind: DriverBody['kind']): Uint8Array {
    return kind === 'stream' ? bytes.subarray(0, -1) : bytes
  }
}

/** Changes the attributes on their way in. */
abstract class ChangesAttributes extends MemoryDriver {
  abstract change(attributes: ObjectAttributes, key: string): ObjectAttributes

  override put(at: ObjectLocation, body: DriverBody, options: DriverPutOptions): Made {
    return super.put(at, body, { ...options, attributes: this.change(options.attributes, at.key) })
  }
}

class GuessesTypes extends ChangesAttributes {
  change(attributes: ObjectAttributes, key: string): ObjectAttributes {
    return key.endsWith('.html') ? { ...attributes, contentType: 'text/html' } : attributes
  }
}

class InventsCaching extends ChangesAttributes {
  change(attributes: ObjectAttributes): ObjectAttributes {
    return { cacheControl: 'no-cache', ...definedOf(attributes) }
  }
}

class MergesMetadata extends ChangesAttributes {
  readonly #earlier = new Map<string, Readonly<Record<string, string>>>()

  change(attributes: ObjectAttributes, key: string): ObjectAttributes {
    const metadata = { ...this.#earlier.get(key), ...attributes.metadata }
    this.#earlier.set(key, metadata)
    return { ...attributes, metadata }
  }
}

class KeepsTheCallersBuffer extends MemoryDriver {
  readonly #kept = new Map<string, Uint8Array>()

  override put(at: ObjectLocation, body: DriverBody, options: DriverPutOptions): Made {
    if (body.kind === 'bytes') this.#kept.set(at.key, body.bytes)
    return super.put(at, body, options)
  }

  override async get(at: ObjectLocation, options: DriverGetOptions): Promise<StoredObject> {
    const opened = await super.get(at, options)
    const kept = this.#kept.get(at.key)
    return kept ? { ...opened, body: Readable.from([Buffer.from(kept)], { objectMode: false }) } : opened
  }
}

class AppendsInTwoSteps extends MemoryDriver {
  override async put(at: ObjectLocation, body: DriverBody, options: DriverPutOptions): Made {
    const bytes = await bytesOf(body)
    const half = Math.floor(bytes.length / 2)
    await super.put(at, { kind: 'bytes', bytes: bytes.subarray(0, half) }, options)
    await nextTurn()
    const begun = await buffer((await this.get(at, {})).body)
    return super.put(at, { kind: 'bytes', bytes: Buffer.concat([begun, bytes.subarray(half)]) }, options)
  }
}

class TakesBackWhenAbortedLate extends MemoryDriver {
  override put(at: ObjectLocation, body: DriverBody, options: DriverPutOptions): Made {
    options.signal?.addEventListener('abort', () => void this.delete(at))
    return super.put(at, body, options)
  }
}

class TakesEmptyForMissing extends MemoryDriver {
  override async get(at: ObjectLocation, options: DriverGetOptions): Promise<StoredObject> {
    const opened = await super.get(at, options)
    if (opened.size) return opened
    throw new DriverError('not-found', 'there is no such object')
  }
}

class NeverReleasesUnreadBodies extends MemoryDriver {
  #connections = 50

  override async get(at: ObjectLocation, options: DriverGetOptions): Promise<StoredObject> {
    if (this.#connections < 1) throw new DriverError('unavailable', 'all connections are in use')
    const opened = await super.get(at, options)
    this.#connections--
    opened.body.once('end', () => this.#connections++)
    return opened
  }
}

class ReadsPieceByPiece extends MemoryDriver {
  override async get(at: ObjectLocation, options: DriverGetOptions): Promise<StoredObject> {
    const opened = await super.get(at, options)
    return options.range ? opened : { ...opened, body: Readable.from(this.#pieces(at, opened.size)) }
  }

  async *#pieces(at: ObjectLocation, size: number): AsyncGenerator<Buffer> {
    for (let offset = 0; offset < size; offset += 65_536) {
      yield buffer((await super.get(at, { range: { offset, length: 65_536 } })).body)
    }
  }
}

class HeadsWithoutSize extends MemoryDriver {
  override async head(at: ObjectLocation, options: DriverHeadOptions): Promise<ObjectHead> {
    return { ...(await super.head(at, options)), size: 0 }
  }
}

class HeadsByPrefix extends MemoryDriver {
  override async head(at: ObjectLocation, options: DriverHeadOptions): Promise<ObjectHead> {
    const [found] = (await this.list(at.bucket, at.key, { pageSize: 1 })).objects
    return super.head({ ...at, key: found?.key ?? at.key }, options)
  }
}

class DecodesWhatItLooksFor extends MemoryDriver {
  override head(at: ObjectLocation, options: DriverHeadOptions): Promise<ObjectHead> {
    const key = at.key.replace(/%[0-9a-f]{2}/gi, (code) => String.fromCharCode(Number.parseInt(code.slice(1), 16)))
    return super.head({ ...at, key }, options)
  }
}

class NamesTheLastSegment extends MemoryDriver {
  override async head(at: ObjectLocation, options: DriverHeadOptions): Promise<ObjectHead> {
    return { ...(await super.head(at, options)), key: at.key.slice(at.key.lastIndexOf('/') + 1) }
  }
}

/** Stores under another key than the one asked for. */
abstract class ChangesKeys extends MemoryDriver {
  abstract change(key: string): string

  override put(at: ObjectLocation, body: DriverBody, options: DriverPutOptions): Made {
    return super.put({ ...at, key: this.change(at.key) }, body, options)
  }

  override get(at: ObjectLocation, options: DriverGetOptions): Promise<StoredObject> {
    return super.get({ ...at, key: this.change(at.key) }, options)
  }
}

class DecomposesKeys extends ChangesKeys {
  change(key: string): string {
    return key.normalize('NFD')
  }
}

class CutsLongKeys extends ChangesKeys {
  change(key: string): string {
    return key.slice(0, 200)
  }
}

class HoldsFilesOrFolders extends MemoryDriver {
  override async put(at: ObjectLocation, body: DriverBody, options: DriverPutOptions): Made {
    const { objects } = await this.list(at.bucket, '', { pageSize: 1000 })
    const inTheWay = objects.map(({ key }) => key).filter((key) => isAbove(key, at.key) || isAbove(at.key, key))
    await this.deleteMany(at.bucket, inTheWay)
    return super.put(at, body, options)
  }
}

class RemembersListings extends MemoryDriver {
  readonly #pages = new Map<string, Promise<ListPage>>()

  override list(bucket: string, prefix: string, options: DriverListOptions): Promise<ListPage> {
    const asked = JSON.stringify([bucket, prefix, options.cursor, options.startAfter, options.delimiter])
    const page = this.#pages.get(asked) ?? super.list(bucket, prefix, options)
    this.#pages.set(asked, page)
    return page
  }
}

class ListsBareEtags extends MemoryDriver {
  override async list(bucket: string, prefix: string, options: DriverListOptions): Promise<ListPage> {
    const page = await super.list(bucket, prefix, options)
    return { ...page, objects: page.objects.map((info) => ({ ...info, etag: info.etag.replaceAll('"', '') })) }
  }
}

class ListsFromTheRoot extends MemoryDriver {
  override async list(bucket: string, prefix: string, options: DriverListOptions): Promise<ListPage> {
    const page = await super.list(bucket, prefix, options)
    return { ...page, objects: page.objects.map((info) => ({ ...info, key: `/${info.key}` })) }
  }
}

class CopiesTheFirstPart extends MemoryDriver {
  override async copy(from: ObjectLocation, to: ObjectLocation, options: DriverCopyOptions): Made {
    const { body, ...head } = await this.get(from, { ifMatch: options.sourceIfMatch })
    const bytes = (await buffer(body)).subarray(0, 5 * 1024 ** 2)
    return this.put(to, { kind: 'bytes', bytes }, { attributes: options.attributes ?? head, mode: 'overwrite' })
  }
}

/** Completes an upload in another way than it is told to. */
abstract class CompletesOtherwise extends MemoryDriver {
  choose(_at: ObjectLocation, _uploadId: string, parts: Parts): Promise<Parts> | Parts {
    return parts
  }

  modeOf(mode: WriteMode): WriteMode {
    return mode
  }

  override async completeMultipart(
    at: ObjectLocation,
    uploadId: string,
    parts: Parts,
    options: { readonly mode: WriteMode },
  ): Made {
    const chosen = await this.choose(at, uploadId, parts)
    return super.completeMultipart(at, uploadId, chosen, { mode: this.modeOf(options.mode) })
  }
}

class LosesTheLastPart extends CompletesOtherwise {
  override choose(_at: ObjectLocation, _uploadId: string, parts: Parts): Parts {
    return parts.length > 1 ? parts.slice(0, -1) : parts
  }
}

class JoinsAllThatArrived extends CompletesOtherwise {
  override choose(at: ObjectLocation, uploadId: string): Promise<Parts> {
    return this.listParts(at, uploadId)
  }
}

class CompletesOverAnything extends CompletesOtherwise {
  override modeOf(): WriteMode {
    return 'overwrite'
  }
}

class ListsCompletedUploads extends MemoryDriver {
  readonly #begun: UnfinishedUpload[] = []

  override async createMultipart(at: ObjectLocation, options: DriverPutOptions): Promise<string> {
    const uploadId = await super.createMultipart(at, options)
    this.#begun.push({ key: at.key, uploadId, initiated: new Date() })
    return uploadId
  }

  override async listMultipart(_bucket: string, prefix: string): Promise<readonly UnfinishedUpload[]> {
    return this.#begun.filter(({ key }) => key.startsWith(prefix))
  }
}

class ListsTheLastPart extends MemoryDriver {
  override async listParts(at: ObjectLocation, uploadId: string): Promise<readonly UploadedPart[]> {
    return (await super.listParts(at, uploadId)).slice(-1)
  }
}

class KeepsTheFirstOfAPart extends MemoryDriver {
  override async uploadPart(at: ObjectLocation, uploadId: string, partNumber: number, body: DriverBody): Made {
    const earlier = (await this.listParts(at, uploadId)).find((part) => part.partNumber === partNumber)
    return earlier ?? super.uploadPart(at, uploadId, partNumber, body)
  }
}

class FindsUploadsByIdAlone extends MemoryDriver {
  readonly #places = new Map<string, ObjectLocation>()

  override async createMultipart(at: ObjectLocation, options: DriverPutOptions): Promise<string> {
    const uploadId = await super.createMultipart(at, options)
    this.#places.set(uploadId, at)
    return uploadId
  }

  override uploadPart(at: ObjectLocation, uploadId: string, partNumber: number, body: DriverBody): Made {
    return super.uploadPart(this.#places.get(uploadId) ?? at, uploadId, partNumber, body)
  }
}

class HasOneUploadForAKey extends MemoryDriver {
  override async createMultipart(at: ObjectLocation, options: DriverPutOptions): Promise<string> {
    const begun = await this.listMultipart(at.bucket, at.key)
    return begun[0]?.uploadId ?? super.createMultipart(at, options)
  }
}

class ClosesForEver extends MemoryDriver {
  #isClosed = false

  override async head(at: ObjectLocation, options: DriverHeadOptions): Promise<ObjectHead> {
    if (this.#isClosed) throw new DriverError('unavailable', 'the connections are closed')
    return super.head(at, options)
  }

  override async close(): Promise<void> {
    this.#isClosed = true
  }
}

function isAbove(key: string, other: string): boolean {
  return other.startsWith(`${key}/`)
}

function definedOf(attributes: ObjectAttributes): ObjectAttributes {
  return Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== undefined))
}

const FLAWS: readonly (readonly [flaw: string, Driver: new () => MemoryDriver, caughtBy: string])[] = [
  ['stores Latin-1', StoresLatin1, 'stores text as UTF-8'],
  ['takes bytes for text', TakesBytesForText, 'stores every byte value'],
  ['stores the whole buffer', StoresTheWholeBuffer, 'stores a view into a larger buffer without its surroundings'],
  ['loses the last byte of streams', LosesTheLastByteOfStreams, 'stores streams, blobs and iterables'],
  ['guesses types', GuessesTypes, 'keeps an explicit type, whatever key and content say'],
  ['invents caching', InventsCaching, 'invents no metadata, caching, disposition or encoding'],
  ['merges metadata', MergesMetadata, 'lets a deleted key be written again, without its old attributes'],
  [
    'keeps the caller’s buffer',
    KeepsTheCallersBuffer,
    'keeps what was stored when the caller changes the buffer afterwards',
  ],
  ['appends in two steps', AppendsInTwoSteps, 'ends racing writes with one of them, whole'],
  ['takes back what is aborted late', TakesBackWhenAbortedLate, 'has no effect once the call is done'],
  ['takes empty for missing', TakesEmptyForMissing, 'stores an empty body'],
  ['never releases unread bodies', NeverReleasesUnreadBodies, 'releases bodies that are destroyed unread'],
  ['reads piece by piece', ReadsPieceByPiece, 'gives an opened version to its end while it is replaced'],
  ['heads without a size', HeadsWithoutSize, 'reads no bytes where none are asked for'],
  ['heads by prefix', HeadsByPrefix, 'takes no longer key for the object'],
  [
    'decodes what it looks for',
    DecodesWhatItLooksFor,
    'tells a key with percent literals from the one they might stand for',
  ],
  ['names the last segment', NamesTheLastSegment, 'names keys below its prefix in results and errors'],
  ['decomposes keys', DecomposesKeys, 'finds a key in either Unicode form'],
  ['cuts long keys', CutsLongKeys, 'keeps a segment of 255 bytes'],
  ['holds files or folders', HoldsFilesOrFolders, 'holds an object below the key of an earlier one'],
  ['remembers listings', RemembersListings, 'can be iterated again, and shows what came since'],
  ['lists ETags without quotes', ListsBareEtags, 'gives entries that serve as keys'],
  ['lists from the root', ListsFromTheRoot, 'takes a relative path for its key'],
  ['copies the first 5 MiB', CopiesTheFirstPart, 'copies a large object'],
  ['loses the last part', LosesTheLastPart, 'stores a long stream of unknown length'],
  ['joins all that arrived', JoinsAllThatArrived, 'leaves out the parts that are not named'],
  ['completes over anything', CompletesOverAnything, 'creates an object once from parts'],
  [
    'lists completed uploads',
    ListsCompletedUploads,
    'checks the digest of a long stream, and leaves nothing of a wrong one',
  ],
  ['lists the last part', ListsTheLastPart, 'goes on at another server, and knows what arrived'],
  ['keeps the first of a part', KeepsTheFirstOfAPart, 'takes the last upload of a part'],
  ['finds uploads by id alone', FindsUploadsByIdAlone, 'knows no upload under another key'],
  ['has one upload for a key', HasOneUploadForAKey, 'keeps uploads of one key apart'],
  ['closes for ever', ClosesForEver, 'can be used again after it was closed'],
]

/** Flaws that a single clause, or few, can tell from a sound driver. */
export const SUBTLY_BROKEN_DRIVERS: readonly BrokenDriver[] = FLAWS.map(([flaw, Driver, caughtBy]) => ({
  flaw,
  caughtBy,
  make: () => new Driver(),
}))
