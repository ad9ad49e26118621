import { randomBytes } from 'node:crypto'
import {
  type BucketStore,
  type ObjectHead,
  type PresignedUpload,
  parseKey,
  show,
  type UploadedPart,
} from '@bucket-brigade/core'
import type { Request } from 'express'
import { cleanFilename } from '../forms/form-fields.js'
import { invalidRequest } from '../forms/form-problems.js'
import { HttpProblem } from '../problems/http-problem.js'
import { checkArrivedSize, lookAt, removeArrived } from './arrived-object.js'
import { abortParts, arrivedParts, completeParts, openParts } from './multipart-steps.js'
import { type NamedPart, partBytesFor, partLength } from './part-plan.js'
import { nowInSeconds, pinnedAttributes, type SingleClient, SingleUploads, secondsOf } from './single-upload.js'
import { isTemporary, temporaryKey } from './upload-key.js'
import {
  type AnnouncedUpload,
  type CompletedUpload,
  type DirectUploadsOptions,
  type UploadSettings,
  uploadSettings,
} from './upload-options.js'
import { outOfOrder, tooLarge } from './upload-problems.js'
import { type Sender, type UploadTicket, UploadTickets } from './upload-ticket.js'

/** How a file comes: in one piece, in parts that this server cuts, or in parts that the client cuts as it likes. */
export type UploadWay = 'whole' | 'equal-parts' | 'free-parts'

/** An upload that may begin, and what names it to every server from now on. */
export interface BegunUpload {
  readonly ticket: UploadTicket
  readonly token: string
}

const MAX_USER_CHARACTERS = 256

/** What direct uploads are, whatever protocol their clients speak. Holds nothing between requests. */
export class Uploads {
  readonly store: BucketStore
  readonly settings: UploadSettings
  readonly #tickets: UploadTickets
  readonly #single: SingleUploads
  readonly #options: DirectUploadsOptions

  constructor(options: DirectUploadsOptions) {
    this.#options = options
    this.store = options.store
    this.settings = uploadSettings(options)
    this.#single = new SingleUploads(this.store, this.settings)
    this.#tickets = new UploadTickets(this.settings, `${options.store.bucket}/${options.store.prefix}`)
  }

  /** Who sends a request. @throws HttpProblem `unauthenticated` */
  async senderOf(req: Request): Promise<Sender> {
    const user = await this.#options.authenticate(req)
    if (user === undefined) throw new HttpProblem(401, 'unauthenticated', 'Sign in first: uploads belong to somebody.')
    if (typeof user !== 'string' || user === '' || user.length > MAX_USER_CHARACTERS || !user.isWellFormed()) {
      throw invalidRequest(`expected authenticate to give an id of 1 to ${MAX_USER_CHARACTERS} characters`)
    }
    return { user, mount: req.baseUrl }
  }

  /**
   * Opens an upload for one file: `whole` writes nothing; parts start an upload at the service.
   *
   * @throws HttpProblem `file-too-large`, `type-unsupported`
   */
  async begin(
    given: Omit<AnnouncedUpload, 'user'>,
    way: UploadWay,
    req: Request,
    sender: Sender,
  ): Promise<BegunUpload> {
    const file = this.#checked(given, sender)
    const key = parseKey(await (this.#options.keyFor?.(file, req) ?? temporaryKey(sender.user, file.filename)))
    const startedAt = nowInSeconds()
    const whole: UploadTicket = {
      user: sender.user,
      id: randomBytes(16).toString('hex'),
      key,
      type: file.type,
      filename: file.filename,
      bytes: file.bytes,
      startedAt,
      deadline: startedAt + this.settings.sessionSeconds,
    }
    const ticket = way === 'whole' ? whole : await this.#startParts(whole, way)
    return { ticket, token: await this.#tickets.sign(ticket, sender) }
  }

  /** The ticket of a sender's own upload. @throws HttpProblem token errors */
  ticket(token: unknown, sender: Sender): Promise<UploadTicket> {
    return this.#tickets.verify(token, sender)
  }

  /** The ticket of whoever holds its token. */
  heldTicket(token: unknown, req: Request): Promise<UploadTicket> {
    return this.#tickets.verifyHeld(token, { mount: req.baseUrl })
  }

  /** Where a whole file goes; undefined: through the server. */
  presign(ticket: UploadTicket, client: SingleClient = 'any'): Promise<PresignedUpload | undefined> {
    return this.#single.presign(ticket, client)
  }

  /** Where some parts go, in the order of the numbers. */
  async presignParts(ticket: UploadTicket, numbers: readonly number[]): Promise<readonly PresignedUpload[]> {
    const upload = await openParts(this.store, ticket)
    const expiresInSeconds = secondsOf(this.settings, ticket)
    const plans = numbers.map((number) => ({ number, length: partLength(ticket, number, this.settings.maxBytes) }))
    return Promise.all(
      plans.map(({ number, length }) => upload.presignPart(number, { contentLength: length, expiresInSeconds })),
    )
  }

  /** The parts that have arrived. */
  arrived(ticket: UploadTicket): Promise<readonly UploadedPart[]> {
    return arrivedParts(this.store, ticket)
  }

  /**
   * Makes sure that the file is in the bucket, whole. Repeatable, on any server.
   *
   * @throws HttpProblem `step-out-of-order`, `original-changed`, `session-expired`, `file-too-large`
   */
  async complete(ticket: UploadTicket, named: readonly NamedPart[] | undefined): Promise<CompletedUpload> {
    const head =
      ticket.multipart === undefined
        ? await this.#arrivedWhole(ticket)
        : await completeParts(this.store, ticket, named, this.settings.maxBytes)
    const { key, type, filename, user } = ticket
    return { key, etag: head.etag, bytes: head.size, type, filename, user }
  }

  /** What the application answers for a file that has arrived. */
  async answerFor(upload: CompletedUpload, req: Request): Promise<unknown> {
    const { onComplete } = this.#options
    if (onComplete !== undefined) return onComplete(upload, { req })
    const { key, bytes, etag } = upload
    return { key, url: await this.store.url(key), bytes, etag }
  }

  /**
   * Drops what is unfinished. Whether a file in one piece was completed nobody knows: it is removed below `tmp/`, where none
   * stays, and nowhere else.
   */
  async abort(ticket: UploadTicket): Promise<void> {
    if (ticket.multipart !== undefined) await abortParts(this.store, ticket)
    else if (isTemporary(ticket.key)) await removeArrived(this.store, ticket)
  }

  async #startParts(ticket: UploadTicket, way: UploadWay): Promise<UploadTicket> {
    const { bytes = 0 } = ticket
    const { uploadId } = await this.store.multipart(ticket.key, pinnedAttributes(this.settings, ticket))
    const partBytes = way === 'equal-parts' ? partBytesFor(bytes, this.settings.partBytes) : undefined
    return { ...ticket, multipart: { uploadId, partBytes } }
  }

  async #arrivedWhole(ticket: UploadTicket): Promise<ObjectHead> {
    const arrived = await lookAt(this.store, ticket)
    if (arrived.kind !== 'own') throw outOfOrder('The file has not arrived yet: upload it first, then complete.')
    await checkArrivedSize(this.store, ticket, arrived.head, this.settings.maxBytes)
    return arrived.head
  }

  #checked(given: Omit<AnnouncedUpload, 'user'>, { user }: Sender): AnnouncedUpload {
    const { bytes } = given
    const { maxBytes, types } = this.settings
    if (bytes !== undefined && (!Number.isSafeInteger(bytes) || bytes < 0)) {
      throw invalidRequest(`expected bytes to be the file's size, an integer from 0; received ${show(bytes)}`)
    }
    if (bytes !== undefined && bytes > maxBytes) throw tooLarge(maxBytes)
    return { ...given, user, filename: cleanFilename(given.filename), type: types.check(given.type) }
  }
}
