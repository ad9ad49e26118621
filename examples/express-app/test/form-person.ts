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
  readonly #language: string

  /** @param language What the browser asks for, as in `Accept-Language`. */
  constructor(origin: string, language = 'en') {
    this.#origin = origin
    this.#language = language
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
    return this.#request(new URL(action, this.#origin), { method: 'POST', body }, page.address)
  }

  /** Presses a button that stands for a value of its own, as all of a form with `method="get"` do here. */
  async press({ html }: ShownPage, label: string): Promise<ShownPage> {
    for (const [, opening = '', content = ''] of html.matchAll(FORM)) {
      const button = new RegExp(`<button[^>]* name="(\\w+)" value="([^"]+)"[^>]*>${label}</button>`).exec(content)
      const [, name, value] = button ?? []
      const action = /method="get" action="([^"]+)"/.exec(opening)?.[1]
      if (name === undefined || value === undefined || action === undefined) continue
      return this.open(`${action}?${new URLSearchParams({ ...fieldsOf(content), [name]: value })}`)
    }
    throw new Error(`expected a button ${JSON.stringify(label)}; the page has none`)
  }

  async signIn(user: string): Promise<ShownPage> {
    await this.submit(await this.open('/plain'), '/sign-in', { user })
    return this.open('/plain')
  }

  /** Signs in, and uploads: shows the page where one crops. */
  async upload(user: string, picture: Uint8Array): Promise<ShownPage> {
    return this.send(await this.signIn(user), picture)
  }

  /** Chooses a file on the page where one does, and sends it, wherever the form goes. */
  async send(choose: ShownPage, picture: Uint8Array): Promise<ShownPage> {
    return this.submit(choose, uploadActionOf(choose), { file: new Blob([new Uint8Array(picture)]) })
  }

  /** What the server of this page set, for whoever asks as the same browser. */
  get cookie(): string {
    return [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  }

  /** @param from The page with the form. */
  async #request(address: URL, init: RequestInit, from?: URL): Promise<ShownPage> {
    const { cookie } = this
    const reply = await fetch(address, {
      ...init,
      redirect: 'manual',
      headers: {
        accept: 'text/html,application/xhtml+xml,*/*;q=0.8',
        'accept-language': this.#language,
        // A bucket of its own host gets no cookie, and would not want one.
        ...(address.origin === this.#origin ? { cookie } : {}),
        origin: this.#origin,
        // The pages ask browsers to say to their own site alone where a form stood.
        ...(address.origin === this.#origin && from ? { referer: from.href } : {}),
      },
    })
    const servedBy = reply.headers.get('x-served-by') ?? ''
    this.requests.push({ method: init.method ?? 'GET', url: String(address), servedBy })
    for (const header of reply.headers.getSetCookie()) this.#keep(header)
    const location = reply.headers.get('location')
    const html = await reply.text()
    if (location === null || (reply.status !== 303 && reply.status !== 307)) {
      return { address, status: reply.status, html }
    }
    // 307 asks for the same request, elsewhere.
    return this.#request(new URL(location, address), reply.status === 307 ? init : {}, from)
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
  return Object.fromEntries(inputs.map(([, name = '', value = '']) => [unescaped(name), unescaped(value)]))
}

/** Where the form with the file goes: to a server, or to the bucket. */
export function uploadActionOf({ html }: ShownPage): string {
  const action = /<form[^>]* action="([^"]*)" enctype="multipart\/form-data"/.exec(html)?.[1]
  if (action === undefined) throw new Error('expected a form that takes a file; the page has none')
  return unescaped(action)
}

/** As a browser reads what a page says. */
function unescaped(text: string): string {
  return text.replace(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code)))
}

const FORM = /<form([^>]*)>([\s\S]*?)<\/form>/g

function formOf({ html }: ShownPage, action: string): readonly [opening: string, content: string] {
  for (const [, opening = '', content = ''] of html.matchAll(FORM)) {
    if (unescaped(opening).includes(`action="${action}"`)) return [opening, content]
  }
  throw new Error(`expected a form with the action ${action}; the page has none`)
}
