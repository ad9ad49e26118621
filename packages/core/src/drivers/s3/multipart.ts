import type {
  Cancellable,
  DriverBody,
  DriverPutOptions,
  ObjectLocation,
  UnfinishedUpload,
  UploadedPart,
  WriteMode,
} from '../../contract/driver.js'
import { DriverError } from '../../errors.js'
import type { ConditionalWriter } from './conditional-write.js'
import { multipartEtag, quoteEtag } from './etag.js'
import { attributeFields } from './object-attributes.js'
import { headObject } from './read-object.js'
import { prepareBody, sendBody } from './request-body.js'
import type { S3Connection } from './s3-connection.js'
import { readFailure } from './s3-failure.js'

/** Uploads in parts: an object that is put together at the end, by whichever server. */
export class S3Multipart {
  readonly #connection: S3Connection
  readonly #writer: ConditionalWriter

  constructor(connection: S3Connection, writer: ConditionalWriter) {
    this.#connection = connection
    this.#writer = writer
  }

  async create(at: ObjectLocation, { attributes, acl, mode, signal }: DriverPutOptions): Promise<string> {
    await this.#refuseConditions(mode)
    const { UploadId } = await this.#connection.send(
      (sdk) =>
        new sdk.CreateMultipartUploadCommand({
          Bucket: at.bucket,
          Key: at.key,
          ACL: acl,
          ...attributeFields(attributes),
        }),
      { signal },
    )
    if (UploadId) return UploadId
    throw new DriverError('unknown', 'the service started a multipart upload without naming it')
  }

  async uploadPart(
    at: ObjectLocation,
    uploadId: string,
    partNumber: number,
    given: DriverBody,
    { signal }: Cancellable,
  ): Promise<{ readonly etag: string }> {
    const body = await prepareBody(given, 'overwrite', signal)
    const { ETag = '' } = await sendBody(body, signal, (fields, both) =>
      this.#connection.send(
        (sdk) =>
          new sdk.UploadPartCommand({
            Bucket: at.bucket,
            Key: at.key,
            UploadId: uploadId,
            PartNumber: partNumber,
            ...fields,
          }),
        { signal: both, sends: body.kind === 'stream' ? 'once' : 'until-answered', body: body.kind },
      ),
    ).catch(rethrow)
    return { etag: quoteEtag(ETag) }
  }

  async complete(
    at: ObjectLocation,
    uploadId: string,
    parts: readonly Omit<UploadedPart, 'size'>[],
    { mode, signal }: Cancellable & { readonly mode: WriteMode },
  ): Promise<{ readonly etag: string }> {
    await this.#refuseConditions(mode)
    const MultipartUpload = { Parts: parts.map(({ partNumber, etag }) => ({ PartNumber: partNumber, ETag: etag })) }
    const input = { Bucket: at.bucket, Key: at.key, UploadId: uploadId, MultipartUpload }
    try {
      // After a 409 the upload is gone, so there is nothing to send again.
      const { ETag } = await this.#writer.write({ at, mode, body: 'stream', signal }, (conditions, options) =>
        this.#connection.send((sdk) => new sdk.CompleteMultipartUploadCommand({ ...input, ...conditions }), {
          signal,
          sends: mode === 'overwrite' ? 'until-answered' : options.sends,
        }),
      )
      return { etag: ETag ? quoteEtag(ETag) : (await headObject(this.#connection, at, { signal })).etag }
    } catch (error) {
      await this.#expectMissing(at, uploadId, error, signal)
      return this.#completedBefore(at, parts, error, signal)
    }
  }

  /** Some services answer 500 where the upload is gone; whether it is, its parts tell. Any other error is thrown. */
  async #expectMissing(
    at: ObjectLocation,
    uploadId: string,
    error: unknown,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    if (isMissing(error)) return
    const { status } = readFailure(error)
    if (status === undefined || status < 500) throw error
    const answer = await this.listParts(at, uploadId, { signal }).catch((failure: unknown) => failure)
    if (!(answer instanceof DriverError && answer.code === 'not-found')) throw error
  }

  /** Completing twice, as after a lost answer, finds no upload any more, but the object that it became. */
  async #completedBefore(
    at: ObjectLocation,
    parts: readonly Omit<UploadedPart, 'size'>[],
    error: unknown,
    signal: AbortSignal | undefined,
  ): Promise<{ readonly etag: string }> {
    const expected = multipartEtag(parts.map(({ etag }) => etag))
    const head = await headObject(this.#connection, at, { signal }).catch(() => undefined)
    if (expected === undefined || head?.etag !== expected) throw missingUpload(error)
    return { etag: head.etag }
  }

  async abort(at: ObjectLocation, uploadId: string, { signal }: Cancellable): Promise<void> {
    try {
      await this.#connection.send(
        (sdk) => new sdk.AbortMultipartUploadCommand({ Bucket: at.bucket, Key: at.key, UploadId: uploadId }),
        { signal },
      )
    } catch (error) {
      if (!isMissing(error)) throw error
    }
  }

  async listParts(at: ObjectLocation, uploadId: string, { signal }: Cancellable): Promise<readonly UploadedPart[]> {
    const parts: UploadedPart[] = []
    let PartNumberMarker: string | undefined
    do {
      const marker = PartNumberMarker
      const input = { Bucket: at.bucket, Key: at.key, UploadId: uploadId, PartNumberMarker: marker }
      const page = await this.#connection.send((sdk) => new sdk.ListPartsCommand(input), { signal }).catch(rethrow)
      for (const { PartNumber = 0, ETag = '', Size = 0 } of page.Parts ?? []) {
        parts.push({ partNumber: PartNumber, etag: quoteEtag(ETag), size: Size })
      }
      PartNumberMarker = page.IsTruncated ? page.NextPartNumberMarker : undefined
    } while (PartNumberMarker)
    return parts
  }

  async listUploads(bucket: string, prefix: string, { signal }: Cancellable): Promise<readonly UnfinishedUpload[]> {
    const uploads: UnfinishedUpload[] = []
    let KeyMarker: string | undefined
    let UploadIdMarker: string | undefined
    do {
      // Without encoding-type=url: some services encode here without saying so, and parsed keys never need it.
      const input = { Bucket: bucket, Prefix: prefix, KeyMarker, UploadIdMarker }
      const page = await this.#connection.send((sdk) => new sdk.ListMultipartUploadsCommand(input), { signal })
      for (const { Key = '', UploadId = '', Initiated = new Date(0) } of page.Uploads ?? []) {
        uploads.push({ key: Key, uploadId: UploadId, initiated: Initiated })
      }
      KeyMarker = page.IsTruncated ? page.NextKeyMarker : undefined
      UploadIdMarker = page.NextUploadIdMarker
    } while (KeyMarker)
    return uploads
  }

  /** Said before the parts are sent: afterwards it would be late, and unheeded conditions overwrite. */
  async #refuseConditions(mode: WriteMode): Promise<void> {
    if (mode === 'overwrite') return
    const { service } = await this.#connection.open()
    const { conditionalMultipart = service === 'aws' ? 'supported' : 'unsupported' } = this.#connection.settings
    if (conditionalMultipart === 'supported') return
    throw new DriverError(
      'unsupported',
      'this service may ignore the mode of a multipart upload: hand over a body of known length, ' +
        "or set conditionalMultipart to 'supported' if it does heed conditions there",
    )
  }
}

/** Ceph calls a missing upload by the name of a missing object, which nothing here can be about. */
function isMissing(error: unknown): boolean {
  const { name } = readFailure(error)
  return name === 'NoSuchUpload' || name === 'NoSuchKey'
}

function rethrow(error: unknown): never {
  throw isMissing(error) ? missingUpload(error) : error
}

function missingUpload(cause: unknown): DriverError {
  return new DriverError('not-found', 'there is no such multipart upload: it was completed or aborted', { cause })
}
