import type { Readable } from 'node:stream'
import { show } from '@bucket-brigade/core'
import { DEFAULT_DRAIN_BYTES, type DrainOptions, paceOf } from '../requests/drain-request.js'

/** What a form may carry, and what it may cost. */
export interface FormOptions extends DrainOptions {
  /** Name of the field that carries the file. Default: any. */
  readonly fileField?: string | undefined
  /** Bytes that one file may have; more is 413 `file-too-large`. */
  readonly maxFileBytes: number
  /** Files that the form may carry. Default 1. */
  readonly maxFiles?: number | undefined
  /** Fields that are not files. Default 20. */
  readonly maxFields?: number | undefined
  /** Bytes in the value of one such field. Default 65536 (64 KiB). */
  readonly maxFieldBytes?: number | undefined
  /**
   * `last`: the file must be the last part of the form; its length is then known from the request's Content-Length
   * before it is read, and a form that breaks the rule is refused. Default `anywhere`.
   */
  readonly position?: 'last' | 'anywhere' | undefined
  readonly signal?: AbortSignal | undefined
}

/** A file of a form, while it arrives. */
export interface FormFile {
  /** Name of its field. */
  readonly field: string
  /** What the sender calls it: base name only, no control characters. Show it; never build a key or a path of it. */
  readonly filename: string
  /** Media type that the sender claims. Believe the bytes. */
  readonly declaredType: string
  /** Bytes in `stream`, where that is known beforehand. */
  readonly length: number | undefined
  /**
   * The bytes. It ends only once the whole form is proven to be sound; until then it may fail with the HttpProblem
   * that `receiveForm` rejects with, so whoever stores it must store nothing where it fails.
   */
  readonly stream: Readable
}

/** A form that was read to its end. */
export interface ReceivedForm<T> {
  readonly fields: ReadonlyMap<string, string>
  /** What `onFile` gave for the file: the first one, where several are allowed. */
  readonly result: T
  /** What `onFile` gave for each file, in their order. */
  readonly results: readonly T[]
}

export type FormSettings = Required<Omit<FormOptions, 'fileField' | 'signal'>> & Pick<FormOptions, 'fileField'>

/** Fills in defaults. @throws TypeError where an option is out of range: a mistake of the program, not of a client */
export function formSettings(options: FormOptions): FormSettings {
  const { position = 'anywhere', fileField, maxFiles = 1 } = options
  const { stallSeconds, minBytesPerSecond } = paceOf(options)
  if (position !== 'last' && position !== 'anywhere') {
    throw new TypeError(`expected position to be "last" or "anywhere"; received ${show(position)}`)
  }
  if (position === 'last' && maxFiles !== 1) {
    throw new TypeError(`expected maxFiles to be 1 where position is "last"; received ${maxFiles}`)
  }
  if (fileField === '') throw new TypeError('expected fileField to be the name of a field; received ""')
  return {
    ...(fileField === undefined ? {} : { fileField }),
    position,
    maxFiles: whole('maxFiles', maxFiles, 1, 1000),
    maxFileBytes: whole('maxFileBytes', options.maxFileBytes, 1, Number.MAX_SAFE_INTEGER - 1),
    maxFields: whole('maxFields', options.maxFields ?? 20, 0, 1000),
    maxFieldBytes: whole('maxFieldBytes', options.maxFieldBytes ?? 65_536, 0, 2 ** 30),
    drainBytes: whole('drainBytes', options.drainBytes ?? DEFAULT_DRAIN_BYTES, 0, Number.MAX_SAFE_INTEGER),
    stallSeconds: positive('stallSeconds', stallSeconds),
    minBytesPerSecond: positive('minBytesPerSecond', minBytesPerSecond),
  }
}

function whole(name: string, value: number, min: number, max: number): number {
  if (Number.isSafeInteger(value) && value >= min && value <= max) return value
  throw new TypeError(`expected ${name} to be an integer from ${min} to ${max}; received ${value}`)
}

function positive(name: string, value: number): number {
  if (Number.isFinite(value) && value > 0 && value <= 86_400) return value
  throw new TypeError(`expected ${name} to be a number above 0, at most 86400; received ${value}`)
}
