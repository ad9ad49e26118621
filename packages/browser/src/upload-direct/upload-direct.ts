import { Application } from './application.js'
import { DirectUploadError } from './direct-upload-error.js'
import { FileParts } from './file-parts.js'
import { type Offer, readOffer, readToken } from './offer.js'
import { isPassing } from './patience.js'
import { type RememberedUpload, ResumeMemory } from './resume-memory.js'
import type { Shipment } from './shipment.js'
import { settle, type UploadDirectOptions, type UploadSettings } from './upload-options.js'
import { ProgressCount } from './upload-progress.js'
import { WholeFile } from './whole-file.js'

/** A `File`, or a `Blob`, with a name where it has one. */
export type UploadableFile = Blob & { readonly name?: string; readonly lastModified?: number }

/**
 * Uploads a file from the page straight to the bucket: with progress, and going on where it was after whatever goes wrong.
 *
 * The application at `endpoint` decides everything and carries no bytes: `directUploads()` of `@bucket-brigade/express`, or
 * anything else that speaks its protocol. Works in pages and workers.
 *
 * @returns the application's answer to the completed upload
 * @throws DirectUploadError with a `code`; the reason of `signal` where that was aborted; TypeError for options out of range
 */
export async function uploadDirect<Answer = unknown>(
  file: UploadableFile,
  options: UploadDirectOptions,
): Promise<Answer> {
  const settings = settle(options)
  settings.signal?.throwIfAborted()
  const over = new AbortController()
  const follow = () => over.abort(settings.signal?.reason)
  settings.signal?.addEventListener('abort', follow)
  const upload = new DirectUpload(file, settings, over.signal)
  try {
    // What the application answers is between it and the caller.
    return (await upload.run()) as Answer
  } catch (error) {
    // Also ends the parts that are still on their way. After the caller's own abort, that one's reason stays.
    over.abort(error)
    upload.leave(error)
    throw over.signal.reason
  } finally {
    settings.signal?.removeEventListener('abort', follow)
  }
}

class DirectUpload {
  readonly #file: Blob
  readonly #filename: string
  readonly #settings: UploadSettings
  readonly #signal: AbortSignal
  readonly #application: Application
  readonly #memory: ResumeMemory
  readonly #progress: ProgressCount
  #token: Promise<string> | undefined
  #isCompleting = false

  constructor(file: UploadableFile, settings: UploadSettings, signal: AbortSignal) {
    const { name = 'file', size, type, lastModified } = file
    this.#file = file
    this.#filename = name
    this.#settings = settings
    this.#signal = signal
    this.#application = new Application(settings, signal)
    this.#memory = new ResumeMemory(settings.resume, settings.endpoint, { name, size, type, lastModified })
    this.#progress = new ProgressCount(size, settings.onProgress)
  }

  async run(): Promise<unknown> {
    const remembered = this.#memory.recall()
    const { answer } = (remembered && (await this.#goOn(remembered))) ?? (await this.#finish(await this.#begin()))
    this.#memory.forget()
    this.#progress.complete()
    return answer
  }

  /** Called when the upload has failed: removes what nobody will go on with. */
  leave(error: unknown): void {
    // Where the answer to the completing step was lost, the application may have the file, and count on it.
    const mayGoOn = !this.#settings.signal?.aborted && isPassingError(error)
    if (mayGoOn && (this.#memory.holds || this.#isCompleting)) return
    this.#memory.forget()
    const removeAll = (token: string) => this.#application.abort(token)
    this.#token?.then(removeAll, () => {
      // The session never began.
    })
  }

  async #begin(): Promise<Shipment> {
    const { size, type } = this.#file
    const begun = this.#application.begin({
      filename: this.#filename,
      type: type || 'application/octet-stream',
      bytes: size,
    })
    this.#token = begun.then(readToken)
    const [answer, token] = await Promise.race([Promise.all([begun, this.#token]), abortOf(this.#signal)])
    return this.#shipment(token, readOffer(answer))
  }

  /** @returns undefined where the session that was remembered is no more, or another person's */
  async #goOn({ token, partBytes, arrived }: RememberedUpload): Promise<Completed | undefined> {
    this.#token = Promise.resolve(token)
    const shipment = this.#shipment(token, partBytes === undefined ? undefined : { method: 'MULTIPART', partBytes })
    try {
      const completed = arrived ? await this.#complete(shipment).catch(unlessOutOfOrder) : undefined
      if (completed) return completed
      await shipment.survey()
    } catch (error) {
      if (!(error instanceof DirectUploadError && [403, 404, 410].includes(error.status))) throw error
      this.#memory.forget()
      return undefined
    }
    return this.#finish(shipment)
  }

  async #finish(shipment: Shipment): Promise<Completed> {
    await this.#send(shipment)
    const completed = await this.#complete(shipment).catch(unlessOutOfOrder)
    if (completed) return completed
    // The bucket lacks something that seemed to arrive: once, the rest is sent again.
    await shipment.survey()
    await this.#send(shipment)
    return this.#complete(shipment)
  }

  #shipment(token: string, offer: Offer | undefined): Shipment {
    const [file, filename, settings, signal] = [this.#file, this.#filename, this.#settings, this.#signal]
    const sending = {
      file,
      filename,
      token,
      application: this.#application,
      progress: this.#progress,
      settings,
      signal,
    }
    if (offer?.method !== 'MULTIPART') return new WholeFile(sending, offer)
    return new FileParts(sending, offer.partBytes)
  }

  async #send(shipment: Shipment): Promise<void> {
    this.#isCompleting = false
    this.#memory.keep({ ...shipment.record, arrived: false })
    await shipment.send()
    this.#memory.keep({ ...shipment.record, arrived: true })
  }

  async #complete(shipment: Shipment): Promise<Completed> {
    this.#isCompleting = true
    const { token } = shipment.record
    return { answer: (await this.#application.step('/complete', { token, ...shipment.proof() })).value }
  }
}

interface Completed {
  readonly answer: unknown
}

function unlessOutOfOrder(error: unknown): undefined {
  if (error instanceof DirectUploadError && error.code === 'step-out-of-order') return undefined
  throw error
}

/** True for failures that a later call may survive: the person signs in again, the network or the service comes back. */
function isPassingError(error: unknown): boolean {
  if (!(error instanceof DirectUploadError)) return false
  return error.status === 0 || error.status === 401 || isPassing(error.status)
}

function abortOf(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
}
