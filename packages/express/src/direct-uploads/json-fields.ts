import { show } from '@bucket-brigade/core'
import { json, type Request, type Response } from 'express'
import { invalidRequest } from '../forms/form-problems.js'
import type { NamedPart } from './part-plan.js'
import { MAX_PARTS } from './upload-options.js'

/** 10 000 parts, as a client lists them, are under 1 MB. */
const readJson = json({ limit: '1mb' })

/** Reads the body, once it is known that its sender may send one. */
export function parseJson(req: Request, res: Response): Promise<void> {
  return new Promise((resolve, reject) => {
    void readJson(req, res, (error?: unknown) => (error === undefined ? resolve() : reject(error)))
  })
}

/** How clients spell the parts they have sent. */
export type PartSpelling = readonly [number: 'partNumber' | 'PartNumber', etag: 'etag' | 'ETag']

/** The fields of a JSON body. Each method throws `invalid-request` where a field is something else. */
export class JsonFields {
  readonly #values: ReadonlyMap<string, unknown>

  /** @throws HttpProblem `invalid-request` where the body is no object of JSON */
  constructor(req: Request) {
    this.#values = fieldsOf(req.body) ?? missingBody(req)
  }

  /** Whatever was sent: for tokens, which say themselves whether they are sound. */
  raw(name: string): unknown {
    return this.#values.get(name)
  }

  text(name: string): string {
    const value = this.#values.get(name)
    if (typeof value === 'string') return value
    throw expected(`${name} to be text`, value)
  }

  number(name: string): number {
    const value = this.#values.get(name)
    if (typeof value === 'number') return value
    throw expected(`${name} to be a number`, value)
  }

  /** Part numbers, 1 to 100 of them, each from 1 to 10 000. */
  partNumbers(name: string): readonly number[] {
    const value = this.#values.get(name)
    if (Array.isArray(value) && value.length > 0 && value.length <= 100 && value.every(isPartNumber)) return value
    throw expected(`${name} to be a list of 1 to 100 numbers from 1 to ${MAX_PARTS}`, value)
  }

  /** The parts that a client says it has sent; undefined where it leaves that to the server. */
  parts(name: string, [numberName, etagName]: PartSpelling): readonly NamedPart[] | undefined {
    const value = this.#values.get(name)
    if (value === undefined || value === null) return undefined
    const parts = Array.isArray(value) && value.length <= MAX_PARTS ? value.map(fieldsOf) : [undefined]
    return parts.map((part) => {
      const partNumber = part?.get(numberName)
      const etag = part?.get(etagName)
      if (isPartNumber(partNumber) && typeof etag === 'string' && etag !== '') return { partNumber, etag }
      throw expected(`${name} to be a list of { ${numberName}: a number, ${etagName}: text }`, value)
    })
  }

  /** Names and texts; what is no text is left out. */
  texts(name: string): Readonly<Record<string, string>> {
    const entries = [...(fieldsOf(this.#values.get(name)) ?? [])]
    return Object.fromEntries(entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'))
  }
}

/** A part's number, as a service takes it. */
export function isPartNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= MAX_PARTS
}

function fieldsOf(value: unknown): ReadonlyMap<string, unknown> | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  return new Map(Object.entries(value))
}

function missingBody(req: Request): never {
  throw invalidRequest(
    `expected a body of JSON (an object); received ${show(req.headers['content-type'] ?? 'no body')}`,
  )
}

function expected(what: string, value: unknown) {
  return invalidRequest(`expected ${what}; received ${value === undefined ? 'nothing' : show(value)}`)
}
