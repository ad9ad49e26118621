import { type Readable, Writable } from 'node:stream'
import { show } from '@bucket-brigade/core'
import busboy from 'busboy'
import type { HttpProblem } from '../problems/http-problem.js'
import { checkPartName } from './form-fields.js'
import type { FormSettings } from './form-options.js'
import { invalidRequest } from './form-problems.js'
import { type FramingToken, MultipartFraming } from './multipart-framing.js'

/** A file part, as its sender describes it. */
export interface FilePart {
  readonly field: string
  readonly filename: string
  readonly declaredType: string
  /** Bytes of the body that came before the file. */
  readonly offset: number
}

/** Takes the bytes of one file. */
export interface FileSink {
  /** Resolves once more bytes are wanted. */
  add(bytes: Buffer): Promise<void>
  complete(): void
}

/** What is told while a form is parsed. What they throw ends the parsing. */
export interface FormEvents {
  onField(name: string, value: string): void
  onFile(part: FilePart): FileSink
}

type ParserLimits = Pick<FormSettings, 'maxFields' | 'maxFieldBytes' | 'maxFiles' | 'maxFileBytes' | 'position'>

/**
 * Takes the bytes of a form and tells of its parts; finishes once the form is complete.
 *
 * The framing cuts the form, busboy reads the headers and decodes the fields. The bytes of files go past busboy: it
 * would only search them a second time for the boundary.
 */
export class FormParser extends Writable {
  readonly #framing: MultipartFraming
  readonly #busboy: busboy.Busboy
  readonly #nextPart: Buffer
  readonly #lastPart: Buffer
  readonly #limits: ParserLimits
  readonly #events: FormEvents
  #failure: unknown
  #heads = 0
  #told = 0
  #files = 0
  #sink: FileSink | undefined
  #untold: Buffer[] = []
  #contentOffset = 0
  #contentBytes = 0

  /** @param boundary Parsed. */
  constructor(boundary: string, limits: ParserLimits, events: FormEvents) {
    super({ highWaterMark: 64 * 1024, decodeStrings: true })
    this.#framing = new MultipartFraming(boundary)
    this.#nextPart = Buffer.from(`\r\n--${boundary}\r\n`)
    this.#lastPart = Buffer.from(`\r\n--${boundary}--\r\n`)
    this.#limits = limits
    this.#events = events
    this.#busboy = openBusboy(boundary, limits)
    this.#listen()
  }

  /** Bytes from the end of the last part to the end of the body. */
  get closingBytes(): number {
    return this.#framing.closingBytes
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#takeAll(chunk).then(() => done(), done)
  }

  override _final(done: (error?: Error | null) => void): void {
    try {
      this.#framing.end()
    } catch (error) {
      done(error as Error)
      return
    }
    this.#busboy.once('finish', () => done())
    this.#busboy.end()
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#busboy.destroy()
    done(error)
  }

  async #takeAll(chunk: Buffer): Promise<void> {
    for (const token of this.#framing.push(chunk)) await this.#take(token)
  }

  async #take(token: FramingToken): Promise<void> {
    if (token.kind === 'content') return this.#takeContent(token.bytes)
    const head = token.kind === 'head' ? token.bytes : undefined
    await this.#feed(head ? Buffer.concat([this.#nextPart, head]) : this.#lastPart)
    await this.#endPart()
    if (token.kind === 'close') return
    if (this.#limits.position === 'last' && this.#files > 0) {
      throw invalidRequest('expected the file to be the last part of the form; another part came after it')
    }
    this.#heads += 1
    this.#contentOffset = token.end
    this.#contentBytes = 0
  }

  async #takeContent(bytes: Buffer): Promise<void> {
    if (this.#sink !== undefined) return this.#sink.add(bytes)
    this.#contentBytes += bytes.length
    if (this.#told < this.#heads) this.#untold.push(bytes)
    // Busboy tells of a file after a few bytes; it would search all others for the boundary.
    const few = this.#nextPart.length
    await this.#feed(bytes.subarray(0, few))
    if (this.#sink === undefined && bytes.length > few) await this.#feed(bytes.subarray(few))
    await this.#passUntold()
    // busboy cuts a long value only at its end: without this check it would be read on for ever.
    const limit = Math.max(this.#limits.maxFieldBytes, this.#lastPart.length)
    if (this.#sink === undefined && this.#contentBytes > limit) throw this.#fieldTooLong()
  }

  /** busboy tells of a file a few bytes late, as the end of its headers could begin a boundary. */
  async #passUntold(): Promise<void> {
    if (this.#told < this.#heads) return
    const untold = this.#untold
    this.#untold = []
    for (const bytes of untold) await this.#sink?.add(bytes)
  }

  async #endPart(): Promise<void> {
    // busboy passes over parts without a usable Content-Disposition; a form that loses one is not what was sent.
    if (this.#told < this.#heads)
      throw invalidRequest('expected "Content-Disposition: form-data" with a name in every part')
    await this.#passUntold()
    this.#sink?.complete()
    this.#sink = undefined
  }

  /** Resolves once busboy has parsed the bytes. */
  #feed(bytes: Buffer): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#busboy.write(bytes, (error) => {
        const failure = this.#failure ?? error
        if (failure) reject(failure)
        else resolve()
      })
    })
  }

  #fieldTooLong(name?: string): HttpProblem {
    const which = name === undefined ? 'fields' : `field ${show(name)}`
    return invalidRequest(`expected ${which} of at most ${this.#limits.maxFieldBytes} bytes; a longer value came`)
  }

  #listen(): void {
    const { maxFields, maxFiles } = this.#limits
    const guarded =
      <A extends unknown[]>(listener: (...args: A) => void) =>
      (...args: A): void => {
        this.#told += 1
        if (this.#failure !== undefined) return
        try {
          listener(...args)
        } catch (error) {
          this.#failure = error
        }
      }
    const tooMany = (what: string) => () => {
      this.#failure ??= invalidRequest(`expected a form of at most ${what}; more came`)
    }
    this.#busboy
      .on(
        'field',
        guarded((name, value, info) => this.#onField(name, value, info.valueTruncated)),
      )
      .on(
        'file',
        guarded((name, source, info) => this.#onFile(name, source, info)),
      )
      .on('fieldsLimit', tooMany(`${maxFields} fields`))
      .on('filesLimit', tooMany(maxFiles === 1 ? 'one file' : `${maxFiles} files`))
      .on('partsLimit', tooMany(`${maxFields} fields and ${maxFiles} files`))
      .on('error', (error: Error) => {
        this.#failure ??= invalidRequest(`the form is malformed: ${error.message}`, error)
      })
  }

  #onField(name: string | undefined, value: string | undefined, truncated: boolean): void {
    const checked = checkPartName(name)
    // busboy gives no value where it does not know the part's charset, whatever its types say.
    if (value === undefined) throw invalidRequest(`expected field ${show(checked)} in UTF-8`)
    if (truncated) throw this.#fieldTooLong(checked)
    this.#events.onField(checked, value)
  }

  #onFile(name: string | undefined, source: Readable, info: busboy.FileInfo): void {
    source.on('error', () => {}).resume()
    this.#files += 1
    const field = checkPartName(name)
    const { filename, mimeType: declaredType } = info
    // Browsers send an empty, nameless part where no file was chosen.
    if (filename === undefined)
      throw invalidRequest(`expected a file with a name in field ${show(field)}: choose a file`)
    this.#sink = this.#events.onFile({ field, filename, declaredType, offset: this.#contentOffset })
  }
}

/** busboy counts a value of exactly its limit as too long, hence one byte more here. Files are counted by their sinks. */
function openBusboy(boundary: string, limits: ParserLimits): busboy.Busboy {
  return busboy({
    headers: { 'content-type': `multipart/form-data; boundary="${boundary}"` },
    defParamCharset: 'utf8',
    highWaterMark: 64 * 1024,
    fileHwm: 64 * 1024,
    limits: {
      fieldNameSize: 1024,
      fieldSize: limits.maxFieldBytes + 1,
      fields: limits.maxFields,
      fileSize: limits.maxFileBytes + 1,
      files: limits.maxFiles,
      parts: limits.maxFields + limits.maxFiles + 1,
      headerPairs: 32,
    },
  })
}
