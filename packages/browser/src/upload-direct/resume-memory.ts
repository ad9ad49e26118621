import type { ResumeStorage, UploadDirectOptions } from './upload-options.js'

/** What a page remembers of an upload under way. */
export interface RememberedUpload {
  readonly token: string
  /** Undefined where the file goes to one address. */
  readonly partBytes?: number | undefined
  /** True once the bucket has everything and only the application's answer is missing. */
  readonly arrived: boolean
}

/** The file as a person chooses it: what tells whether it is the same one the next time. */
export interface FileIdentity {
  readonly name: string
  readonly size: number
  readonly type: string
  /** A Blob has none, and is never taken for another one. */
  readonly lastModified: number | undefined
}

/** Keeps one upload per file and endpoint. A storage that fails is one that remembers nothing. */
export class ResumeMemory {
  readonly #storage: ResumeStorage | undefined
  readonly #key: string
  #holds = false

  constructor(resume: UploadDirectOptions['resume'], endpoint: string, file: FileIdentity) {
    const open = typeof resume === 'function' ? resume : () => resume
    // Where cookies are blocked, already the mention of localStorage throws.
    this.#storage = file.lastModified === undefined ? undefined : quietly(open)
    const { name, size, type, lastModified } = file
    this.#key = `bucket-brigade ${JSON.stringify({ endpoint, name, size, type, lastModified })}`
  }

  /** True while a later call would find the upload. */
  get holds(): boolean {
    return this.#holds
  }

  recall(): RememberedUpload | undefined {
    const record: unknown = quietly(() => JSON.parse(this.#storage?.getItem(this.#key) ?? 'null'))
    this.#holds = isRemembered(record)
    return isRemembered(record) ? record : undefined
  }

  keep(record: RememberedUpload): void {
    const storage = this.#storage
    const kept = quietly(() => {
      storage?.setItem(this.#key, JSON.stringify(record))
      return storage
    })
    this.#holds = kept !== undefined
  }

  forget(): void {
    this.#holds = false
    quietly(() => this.#storage?.removeItem(this.#key))
  }
}

function isRemembered(record: unknown): record is RememberedUpload {
  return typeof record === 'object' && record !== null && 'token' in record && typeof record.token === 'string'
}

function quietly<T>(act: () => T): T | undefined {
  try {
    return act()
  } catch {
    return undefined
  }
}
