/** Rectangle and turns as browser croppers emit them, in pixels of the displayed original. */
export interface Crop {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
  readonly rotate?: number
  readonly scaleX?: number
  readonly scaleY?: number
}

export interface UploadReply {
  readonly step: 'crop'
  readonly token: string
  readonly original: { readonly width: number; readonly height: number; readonly type: string; readonly bytes: number }
  readonly preview: string
  readonly file_relative_path: string
}

export interface CropReply {
  readonly step: 'save'
  readonly token: string
  readonly preview: string
  readonly file_relative_path: string
}

export interface Avatar {
  readonly id: string
  readonly url: string
  readonly sizes: Readonly<Record<string, string>>
  readonly savedAt: string
}

export interface Gallery {
  readonly current: Avatar | null
  readonly avatars: readonly Avatar[]
}

export interface Problem {
  readonly code: string
  readonly status: number
  readonly detail: string
}

/** How a file is sent straight to the bucket. */
export type SentUpload = { readonly url: string } & (
  | { readonly method: 'POST'; readonly fields: Readonly<Record<string, string>> }
  | { readonly method: 'PUT'; readonly headers: Readonly<Record<string, string>> }
)

/** A place in the bucket that takes one upload. */
interface Offer {
  readonly token: string
  readonly upload: SentUpload
}

/** Statuses of the offer and of the upload itself, and the token that completes it. */
export interface DirectUpload {
  readonly token: string
  readonly offered: number
  readonly stored: number
}

/** What a server answered, and which one it was. */
export interface Answer<T> {
  readonly status: number
  readonly servedBy: string | null
  readonly body: T
}

/** Somebody who is signed in and talks to servers over HTTP. Each call may go to another one. */
export class Person {
  readonly #cookie: string

  private constructor(cookie: string) {
    this.#cookie = cookie
  }

  static async signIn(origin: string, user: string): Promise<Person> {
    const reply = await fetch(`${origin}/sign-in`, {
      method: 'POST',
      headers: { accept: 'application/json' },
      body: new URLSearchParams({ user }),
      redirect: 'manual',
    })
    await reply.arrayBuffer()
    const cookie = reply.headers.getSetCookie()[0]?.split(';')[0]
    if (cookie === undefined) throw new Error(`sign-in as ${user} gave no cookie: status ${reply.status}`)
    return new Person(cookie)
  }

  upload(origin: string, picture: Uint8Array, type = 'image/jpeg'): Promise<Answer<UploadReply>> {
    const form = new FormData()
    form.set('file', new Blob([Uint8Array.from(picture)], { type }), 'me.jpg')
    return this.send(origin, 'POST', '/avatars', form)
  }

  /** Asks a server for a place in the bucket, and puts the picture there without any server. */
  async uploadDirectly(origin: string, picture: Uint8Array, type = 'image/jpeg'): Promise<DirectUpload> {
    const offer = await this.offer(origin, { type, bytes: picture.length })
    const { token, upload } = offer.body
    return { token, offered: offer.status, stored: await sendToBucket(upload, origin, picture, type) }
  }

  offer(origin: string, announced: { readonly type: string; readonly bytes: number }): Promise<Answer<Offer>> {
    return this.send(origin, 'POST', '/avatars/direct', { filename: 'me.jpg', ...announced })
  }

  renew(origin: string, token: string): Promise<Answer<Pick<Offer, 'upload'>>> {
    return this.send(origin, 'POST', '/avatars/direct/renew', { token })
  }

  abort(origin: string, token: string): Promise<Answer<object>> {
    return this.send(origin, 'POST', '/avatars/direct/abort', { token })
  }

  complete(origin: string, token: string): Promise<Answer<UploadReply>> {
    return this.send(origin, 'POST', '/avatars/direct/complete', { token })
  }

  crop(origin: string, token: string, crop: Crop): Promise<Answer<CropReply>> {
    return this.send(origin, 'POST', '/avatars/crop', { token, ...crop })
  }

  save(origin: string, token: string): Promise<Answer<{ readonly avatar: Avatar }>> {
    return this.send(origin, 'POST', '/avatars/save', { token })
  }

  list(origin: string): Promise<Answer<Gallery>> {
    return this.send(origin, 'GET', '/avatars')
  }

  select(origin: string, id: string): Promise<Answer<{ readonly avatar: Avatar }>> {
    return this.send(origin, 'PUT', '/avatars/current', { id })
  }

  remove(origin: string, id: string): Promise<Answer<undefined>> {
    return this.send(origin, 'DELETE', `/avatars/${id}`)
  }

  async send<T>(origin: string, method: string, path: string, content?: FormData | object): Promise<Answer<T>> {
    const json = content !== undefined && !(content instanceof FormData)
    const reply = await fetch(origin + path, {
      method,
      headers: {
        accept: 'application/json',
        cookie: this.#cookie,
        ...(json && { 'content-type': 'application/json' }),
      },
      body: json ? JSON.stringify(content) : (content ?? null),
      redirect: 'manual',
    })
    const text = await reply.text()
    const body = (text === '' ? undefined : JSON.parse(text)) as T
    return { status: reply.status, servedBy: reply.headers.get('x-served-by'), body }
  }
}

/**
 * Sends a file as it was agreed, or with another type.
 *
 * @param origin Of the page, for addresses that are relative to it.
 * @returns The status of the bucket's answer.
 */
export async function sendToBucket(
  upload: SentUpload,
  origin: string,
  picture: Uint8Array,
  type = 'image/jpeg',
): Promise<number> {
  const file = new Blob([Uint8Array.from(picture)], { type })
  const content =
    upload.method === 'PUT'
      ? { headers: { ...upload.headers, 'content-type': type }, body: file }
      : { body: formOf(upload.fields, file) }
  const stored = await fetch(new URL(upload.url, origin), { method: upload.method, ...content, redirect: 'manual' })
  await stored.arrayBuffer()
  return stored.status
}

/** The file comes last: services ignore what comes after it. */
export function formOf(fields: Readonly<Record<string, string>>, file: Blob): FormData {
  const form = new FormData()
  for (const [name, value] of Object.entries(fields)) form.set(name, value)
  form.set('file', file, 'me.jpg')
  return form
}
