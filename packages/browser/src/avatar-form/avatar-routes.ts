import type { CropData, Size } from './geometry.js'
import { contentOf, ProblemError, problemOf } from './problem.js'

/** The picture as it came, ready to be cropped. */
export interface Uploaded {
  readonly token: string
  readonly original: Size & { readonly type: string; readonly bytes: number }
  /** Address in the bucket, for a while. */
  readonly preview: string
}

/** The cropped picture, ready to be saved. */
export interface Cropped {
  readonly token: string
  readonly crop: CropData
  /** Address in the bucket, for a while. */
  readonly preview: string
}

/** A saved avatar. */
export interface Avatar {
  readonly id: string
  readonly url: string
  /** Addresses by edge in pixels, such as `"192"`. */
  readonly sizes: Readonly<Record<string, string>>
  /** ISO 8601. */
  readonly savedAt: string
}

/** What a person has saved. */
export interface Avatars {
  readonly current?: Avatar | null
  readonly avatars: readonly Avatar[]
}

/** An answer, and the server that gave it: empty where it does not say. */
export interface Served<T> {
  readonly value: T
  readonly server: string
}

/** The header in which the routes say who answers. */
export const SERVED_BY = 'x-served-by'

interface RequestOptions {
  readonly body?: unknown
  readonly signal?: AbortSignal
}

/** The avatar routes below one address. Every method throws a ProblemError, or the reason of its signal. */
export class AvatarRoutes {
  readonly endpoint: string
  readonly #language: () => string

  /**
   * @param endpoint Such as `/avatars`.
   * @param language In which the person reads now, such as `de`: the servers word their refusals in it, where they can.
   */
  constructor(endpoint: string, language: () => string) {
    this.endpoint = endpoint.replace(/\/+$/, '')
    this.#language = language
  }

  /** Those of every request. */
  get headers(): Readonly<Record<string, string>> {
    return { accept: 'application/json', 'accept-language': this.#language() }
  }

  crop(token: string, crop: CropData, signal: AbortSignal): Promise<Served<Cropped>> {
    return this.#request('POST', '/crop', { body: { token, ...crop }, signal })
  }

  save(token: string, signal: AbortSignal): Promise<Served<{ readonly avatar: Avatar }>> {
    return this.#request('POST', '/save', { body: { token }, signal })
  }

  /** A fresh address of the picture that the token is about. */
  preview(token: string, signal: AbortSignal): Promise<Served<{ readonly preview: string }>> {
    return this.#request('POST', '/preview', { body: { token }, signal })
  }

  list(signal: AbortSignal): Promise<Served<Avatars>> {
    return this.#request('GET', '', { signal })
  }

  select(id: string): Promise<Served<{ readonly avatar: Avatar }>> {
    return this.#request('PUT', '/current', { body: { id } })
  }

  remove(id: string): Promise<Served<undefined>> {
    return this.#request('DELETE', `/${encodeURIComponent(id)}`)
  }

  async #request<T>(method: string, path: string, { body, signal }: RequestOptions = {}): Promise<Served<T>> {
    const headers = {
      ...this.headers,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    }
    const content = body === undefined ? {} : { body: JSON.stringify(body) }
    try {
      const response = await fetch(`${this.endpoint}${path}`, {
        method,
        headers,
        ...content,
        ...(signal && { signal }),
      })
      const text = await response.text()
      if (!response.ok) throw new ProblemError(problemOf(response.status, text, (name) => response.headers.get(name)))
      const server = response.headers.get(SERVED_BY) ?? ''
      return { value: text === '' ? (undefined as T) : contentOf<T>(response.status, text), server }
    } catch (error) {
      signal?.throwIfAborted()
      throw error instanceof TypeError ? new ProblemError({ code: 'offline' }) : error
    }
  }
}

/** The address of the smallest size with at least so many pixels, else of the largest. */
export function smallestAbove({ sizes, url }: Avatar, pixels: number): string {
  const edges = Object.keys(sizes)
    .map(Number)
    .sort((a, b) => a - b)
  const edge = edges.find((candidate) => candidate >= pixels) ?? edges.at(-1)
  return sizes[String(edge)] ?? url
}
