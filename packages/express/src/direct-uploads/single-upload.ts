import { type BucketStore, DirectUploadTrial, type PresignedUpload, StoreError } from '@bucket-brigade/core'
import type { UploadSettings } from './upload-options.js'
import type { UploadTicket } from './upload-ticket.js'

/** Metadata that tells an upload's object from everything else at its key. */
export const MARKER = 'brigade-upload'

/** What sends a whole file: some clients go on only when the answer to their form brings an ETag. */
export type SingleClient = 'any' | 'waits for an ETag'

/** Finds the address to which a browser sends a whole file. */
export class SingleUploads {
  readonly #store: BucketStore
  readonly #settings: UploadSettings
  readonly #trial: DirectUploadTrial

  constructor(store: BucketStore, settings: UploadSettings) {
    this.#store = store
    this.#settings = settings
    this.#trial = new DirectUploadTrial(store)
  }

  /**
   * Undefined where the file has to go through the server: as configured, where the driver presigns nothing, where a PUT is
   * needed and nobody knows the size, or where the client would wait for ever.
   */
  async presign(ticket: UploadTicket, client: SingleClient): Promise<PresignedUpload | undefined> {
    const method = await this.#methodFor(client)
    const { key, bytes } = ticket
    if (method === 'through-server') return undefined
    const pinned = {
      ...pinnedAttributes(this.#settings, ticket),
      expiresInSeconds: secondsOf(this.#settings, ticket),
    }
    try {
      if (method === 'PUT') {
        if (bytes === undefined) return undefined
        return await this.#store.presignUpload(key, { ...pinned, method, contentLength: bytes })
      }
      const maxBytes = bytes ?? this.#settings.maxBytes
      // A policy wants room for a byte; that an empty file is empty is checked when it is complete.
      const range = { minBytes: bytes ?? 0, maxBytes: Math.max(1, maxBytes) }
      return await this.#store.presignUpload(key, { ...pinned, ...range, method: 'POST' })
    } catch (error) {
      if (this.#settings.singleUploads === 'auto' && StoreError.is(error, 'unsupported')) return undefined
      throw error
    }
  }

  async #methodFor(client: SingleClient): Promise<'POST' | 'PUT' | 'through-server'> {
    const { singleUploads } = this.#settings
    if (singleUploads !== 'auto') return singleUploads
    // Where the trial told nothing, nothing speaks against a form.
    const { method, formEtag } = (await this.#trial.way()) ?? { method: 'POST', formEtag: undefined }
    return method === 'POST' && formEtag === 'missing' && client === 'waits for an ETag' ? 'through-server' : method
  }
}

/** What the object of an upload has, whichever way it comes. */
export function pinnedAttributes({ acl }: UploadSettings, { type, id }: UploadTicket) {
  return { contentType: type, acl, metadata: { [MARKER]: id } }
}

/** How long an address works: never longer than the upload itself may take. */
export function secondsOf({ presignSeconds }: UploadSettings, { deadline }: UploadTicket): number {
  return Math.max(1, Math.min(presignSeconds, deadline - nowInSeconds()))
}

/** Seconds since 1970. */
export function nowInSeconds(): number {
  return Math.floor(Date.now() / 1000)
}
