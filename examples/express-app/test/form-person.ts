/** A page as a browser without scripts gets it. */
export interface ShownPage {
  readonly address: URL
  readonly status: number
  readonly html: string
}

/** Every request of a person, for what must be true of all of them. */
export interface SentRequest {
  readonly method: string
  readonly url: string
  readonly servedBy: string
}

/** Fields of a form by name; a file is sent as such. */
export type FormFields = Readonly<Record<string, string | Blob>>

/** A browser without scripts: it keeps cookies, follows redirects, and sends forms as they stand in the page. */
export class FormPerson {
  readonly requests: SentRequest[] = []
  readonly cookies = new Map<string, string>()
  readonly #origin: string

  constructor(origin: string) {
    this.#origin = origin
  }

  async open(path: string): Promise<ShownPage> {
    return this.#request(new URL(path, this.#origin), {})
  }

  /** Sends the form with this action, with its own fields and what the person fills in. */
  async submit(page: ShownPage, action: string, fields: FormFields = {}): Promise<ShownPage> {
    const [opening, content] = formOf(page, action)
    const values: FormFields = { ...fieldsOf(content), ...fields }
    const multipart = opening.includes('multipart/form-data')
    const body = multipart ? new FormData() : new URLSearchParams()
    for (const [name, value] of Object.entries(values)) {
      if (typeof value === 'string') body.append(name, value)
      else if (body instanceof FormData) body.append(name, value, 'picture.jpg')
    }
    return this.#request(new URL(action, this.#origin), { method: 'POST', body })
  }

  async signIn(user: string): Promise<ShownPage> {
    await this.submit(await this.open('/plain'), '/sign-in', { user })
    return this.open('/plain')
  }

  /** Signs in, and uploads: shows the page where one crops. */
  async upload(user: string, picture: Uint8Array): Promise<ShownPage> {
    return this.send(await this.signIn(user), picture)
  }

  /** Chooses a file on the page where one does, and sends it. */
  async send(choose: ShownPage, picture: Uint8Array): Promise<ShownPage> {
    return this.submit(choose, '/avatars', { file: new Blob([new Uint8Array(picture)]) })
  }

  async #request(address: URL, init: RequestInit): Promise<ShownPage> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const reply = await fetch(address, {
      ...init,
      redirect: 'manual',
      headers: { accept: 'text/html,application/xhtml+xml,*/*;q=0.8', origin: this.#origin, cookie },
    })
    const servedBy = reply.headers.get('x-served-by') ?? ''
    this.requests.push({ method: init.method ?? 'GET', url: String(address), servedBy })
    for (const header of reply.headers.getSetCookie()) this.#keep(header)
    const location = reply.headers.get('location')
    const html = await reply.text()
    if (reply.status !== 303 || location === null) return { address, status: reply.status, html }
    return this.#request(new URL(location, address), {})
  }

  #keep(header: string): void {
    const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(header) ?? []
    if (/expires=thu, 01 jan 1970/i.test(header)) this.cookies.delete(name)
    else this.cookies.set(name, value)
  }
}

/** The fields of a form that have a value in the page. */
export function fieldsOf(content: string): Record<string, string> {
  const inputs = [...content.matchAll(/<input[^>]*\bname="([^"]*)"[^>]*\bvalue="([^"]*)"/g)]
  return Object.fromEntries(inputs.map(([, name = '', value = '']) => [name, value]))
}

function formOf({ html }: ShownPage, action: string): readonly [opening: string, content: string] {
  for (const [, opening = '', content = ''] of html.matchAll(/<form([^>]*)>([\s\S]*?)<\/form>/g)) {
    if (opening.includes(`action="${action}"`)) return [opening, content]
  }
  throw new Error(`expected a form with the action ${action}; the page has none`)
}
