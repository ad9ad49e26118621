import type { Drawn } from './as-saved.js'
import type { CropData } from './geometry.js'

/** Which server did what, as its answers said. */
export type Servers = Readonly<Partial<Record<'received' | 'cropped' | 'saved', string>>>

/** The picture in work, from the moment that it has arrived. */
export interface Work {
  readonly step: 'crop' | 'save' | 'done'
  /** Of the upload. What leads from one step to the next is the token; addresses of previews are asked for anew. */
  readonly token: string
  /** How the picture has to be drawn where the browser shows the file otherwise than the servers save it. */
  readonly look: 'as it is' | Drawn['look']
  readonly crop?: CropData | undefined
  readonly cropped?: { readonly token: string; readonly crop: CropData }
  /** What it was saved as. */
  readonly avatarId?: string
  readonly servers: Servers
}

/**
 * Keeps the picture in work where the next page of this tab finds it: after a reload, or when the person comes back from
 * elsewhere. Other tabs have others. Where the browser keeps nothing, a reload begins anew.
 */
export class WorkMemory {
  readonly #key: string

  /** @param key Of the form; others on the page have others. */
  constructor(key: string) {
    this.#key = key
  }

  read(): Work | undefined {
    try {
      const work: Partial<Work> | null = JSON.parse(sessionStorage.getItem(this.#key) ?? 'null')
      // Perhaps of an older version of this form.
      return work && isWork(work) ? work : undefined
    } catch {
      return undefined
    }
  }

  write(work: Work | undefined): void {
    try {
      if (work) sessionStorage.setItem(this.#key, JSON.stringify(work))
      else sessionStorage.removeItem(this.#key)
    } catch {
      // Then a reload begins anew.
    }
  }
}

function isWork(work: Partial<Work>): work is Work {
  const isStep = work.step === 'crop' || work.step === 'save' || work.step === 'done'
  return isStep && typeof work.token === 'string' && typeof work.servers === 'object'
}
