import { AsyncResource } from 'node:async_hooks'
import type { IncomingMessage } from 'node:http'
import { show } from '@bucket-brigade/core'
import type { HttpProblem } from '../problems/http-problem.js'
import { drainRequest } from '../requests/drain-request.js'
import { ArrivingFile } from './arriving-file.js'
import { formBoundary } from './form-boundary.js'
import { cleanFilename, FormFields } from './form-fields.js'
import { type FormFile, type FormOptions, type FormSettings, formSettings, type ReceivedForm } from './form-options.js'
import { type FilePart, FormParser } from './form-parser.js'
import { fileTooLarge, invalidRequest } from './form-problems.js'
import { watchRequest } from './request-watch.js'

/** Takes the file of a form: reads or pipes its stream, and gives what the answer needs. */
export type OnFile<T> = (file: FormFile, fields: ReadonlyMap<string, string>) => Promise<T>

/**
 * Receives a `multipart/form-data` request while it arrives, without holding a file in memory or on disk.
 *
 * `onFile` is called as soon as the headers of a file are there, with the fields that came before it (the map grows while
 * the form is read). The stream it gets ends only once the whole form is proven to be sound, so what is stored by
 * `BucketStore.put` is stored of sound forms alone. A refused request is read to its end and dropped, up to
 * `drainBytes`, before this rejects, so that the answer survives a balancer.
 *
 * Where the caller's `onFile` rejects, this rejects with the same error.
 *
 * @throws HttpProblem `invalid-request`, `unsupported-media-type`, `file-too-large`, `request-timeout`, `request-aborted`
 * @throws TypeError where an option is out of range, or the request's body was read by somebody else before
 */
export async function receiveForm<T>(
  req: IncomingMessage,
  options: FormOptions,
  onFile: OnFile<T>,
): Promise<ReceivedForm<T>> {
  const settings = formSettings(options)
  if (req.readableDidRead) {
    throw new TypeError('the body of the request was read before: put receiveForm before body parsers')
  }
  try {
    options.signal?.throwIfAborted()
    const reception = new FormReception(req, settings, formBoundary(req), onFile)
    return await reception.run(options.signal)
  } catch (error) {
    await drainRequest(req, settings)
    throw error
  }
}

/** One form on its way in. */
class FormReception<T> {
  readonly #req: IncomingMessage
  readonly #settings: FormSettings
  readonly #onFile: OnFile<T>
  readonly #parser: FormParser
  readonly #fields = new FormFields()
  readonly #files: ArrivingFile[] = []
  readonly #results: Promise<T>[] = []
  #fail: (error: unknown) => void = () => {}

  constructor(req: IncomingMessage, settings: FormSettings, boundary: string, onFile: OnFile<T>) {
    this.#req = req
    this.#settings = settings
    // Bytes come in the context of their connection: loggers and tracers would not know the request there.
    this.#onFile = AsyncResource.bind(onFile)
    this.#parser = new FormParser(boundary, settings, {
      onField: (name, value) => this.#takeField(name, value),
      onFile: (part) => this.#takeFile(part),
    })
  }

  async run(signal: AbortSignal | undefined): Promise<ReceivedForm<T>> {
    try {
      await this.#parse(signal)
    } catch (error) {
      for (const file of this.#files) file.destroy(error instanceof Error ? error : new Error(String(error)))
      // What the caller began is over before the answer: nothing of a refused form is left behind.
      await Promise.allSettled(this.#results)
      throw error
    }
    for (const file of this.#files) file.prove()
    await Promise.allSettled(this.#results)
    const results = await Promise.all(this.#results)
    return { fields: this.#fields.values, result: results[0] as T, results }
  }

  /** Resolves once the whole form is parsed and sound; rejects at the first failure, whoever it comes from. */
  #parse(signal: AbortSignal | undefined): Promise<void> {
    const req = this.#req
    const parser = this.#parser
    return new Promise((resolve, reject) => {
      const onAbort = () => this.#fail(signal?.reason)
      const stopWatching = watchRequest(
        req,
        this.#settings,
        () => parser.writableNeedDrain,
        (problem) => this.#fail(problem),
      )
      const settle = (finish: () => void) => {
        stopWatching()
        req.unpipe(parser)
        signal?.removeEventListener('abort', onAbort)
        this.#fail = () => {}
        finish()
      }
      this.#fail = (error) =>
        settle(() => {
          req.pause()
          parser.destroy()
          reject(error)
        })
      parser.on('error', (error) => this.#fail(error))
      parser.once('finish', () => {
        if (this.#files.length > 0) settle(resolve)
        else this.#fail(this.#noFile())
      })
      signal?.addEventListener('abort', onAbort)
      req.pipe(parser)
    })
  }

  #noFile(): HttpProblem {
    const { fileField } = this.#settings
    const where = fileField === undefined ? '' : ` in field ${show(fileField)}`
    return invalidRequest(`expected a file${where}; the form has none`)
  }

  #takeField(name: string, value: string): void {
    if (name === this.#settings.fileField) {
      throw invalidRequest(`expected a file in field ${show(name)}; received text: set enctype="multipart/form-data"`)
    }
    this.#fields.add(name, value)
  }

  #takeFile(part: FilePart): ArrivingFile {
    const { fileField, maxFileBytes } = this.#settings
    const { field, declaredType } = part
    if (fileField !== undefined && field !== fileField) {
      throw invalidRequest(`expected the file in field ${show(fileField)}; it came in ${show(field)}`)
    }
    const length = this.#lengthOf(part)
    if (length !== undefined && length > maxFileBytes) throw fileTooLarge(field, maxFileBytes)
    const stream = new ArrivingFile({ field, maxBytes: maxFileBytes, length })
    this.#files.push(stream)
    const file = { field, filename: cleanFilename(part.filename), declaredType, length, stream }
    this.#results.push(this.#start(file))
    return stream
  }

  /** Begins the caller's work. Its failure ends the form, and has a listener from the first moment. */
  #start(file: FormFile): Promise<T> {
    const work = (async () => this.#onFile(file, this.#fields.values))()
    work.catch((error) => this.#fail(error))
    // Who is done without the whole file does not want the rest.
    work.then(
      () => file.stream.resume(),
      () => {},
    )
    return work
  }

  /** The file's size before its first byte: what the form announces, or what the request leaves for it. */
  #lengthOf({ field, offset }: FilePart): number | undefined {
    const announced = this.#fields.announcedSize(field)
    const total = this.#req.headers['content-length']
    if (this.#settings.position !== 'last' || total === undefined) return announced
    const length = Number(total) - offset - this.#parser.closingBytes
    if (length < 0)
      throw invalidRequest('the form ends in the middle of its last part: expected CRLF, the closing boundary and CRLF')
    if (announced !== undefined && announced !== length) {
      throw invalidRequest(
        `expected a file of ${announced} bytes, as ${show(`${field}_size`)} says; Content-Length leaves ${length}`,
      )
    }
    return length
  }
}
