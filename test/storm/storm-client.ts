import type { Avatar, Crop, CropReply, Gallery, UploadReply } from '../journeys/person.js'

/** An answer as it came through balancers and broken connections: its body may be nobody's JSON. */
export interface RawAnswer<T> {
  readonly status: number
  readonly body: T
  readonly retryAfterSeconds: number
}

/** What one attempt came to: an answer, or a connection that broke. */
export type Attempt<T> = RawAnswer<T> | 'broken'

/** Somebody who is signed in. A call is made once, and may be aborted; nothing that breaks is thrown. */
export class StormClient {
  readonly #cookie: string

  private constructor(
    readonly origin: string,
    readonly user: string,
    cookie: string,
  ) {
    this.#cookie = cookie
  }

  static async signIn(origin: string, user: string): Promise<StormClient | undefined> {
    try {
      const reply = await fetch(`${origin}/sign-in`, {
        method: 'POST',
        headers: { accept: 'application/json' },
        body: new URLSearchParams({ user }),
      })
      await reply.arrayBuffer()
      const cookie = reply.headers.getSetCookie()[0]?.split(';')[0]
      return cookie === undefined ? undefined : new StormClient(origin, user, cookie)
    } catch {
      return undefined
    }
  }

  upload(picture: Blob, signal?: AbortSignal): Promise<Attempt<UploadReply>> {
    const form = new FormData()
    form.set('file', picture, 'me')
    return this.#send('POST', '/avatars', form, signal)
  }

  crop(token: string, crop: Crop, signal?: AbortSignal): Promise<Attempt<CropReply>> {
    return this.#send('POST', '/avatars/crop', JSON.stringify({ token, ...crop }), signal)
  }

  save(token: string, signal?: AbortSignal): Promise<Attempt<{ readonly avatar: Avatar }>> {
    return this.#send('POST', '/avatars/save', JSON.stringify({ token }), signal)
  }

  list(): Promise<Attempt<Gallery>> {
    return this.#send('GET', '/avatars', null, undefined)
  }

  async #send<T>(
    method: string,
    path: string,
    body: FormData | string | null,
    signal: AbortSignal | undefined,
  ): Promise<Attempt<T>> {
    try {
      const reply = await fetch(this.origin + path, {
        method,
        headers: {
          accept: 'application/json',
          cookie: this.#cookie,
          ...(typeof body === 'string' && { 'content-type': 'application/json' }),
        },
        body,
        signal: signal ?? null,
      })
      const text = await reply.text()
      const isJson = reply.headers.get('content-type')?.includes('json')
      const retryAfterSeconds = Number(reply.headers.get('retry-after') ?? 0)
      return { status: reply.status, body: (isJson ? JSON.parse(text) : {}) as T, retryAfterSeconds }
    } catch {
      return 'broken'
    }
  }
}
