/** Who stands in the line, and what they take. */
export interface Line {
  readonly servers: readonly string[]
  readonly bucket: string
  readonly maxUploadBytes: number
  /** How pictures travel. Default: through a server. */
  readonly uploads?: 'form' | 'direct'
}

/** A request of this page that failed. */
export class RequestError extends Error {
  override readonly name = 'RequestError'
  /** 0 where nobody answered. */
  readonly status: number

  constructor(status: number) {
    super(status === 0 ? 'nobody answered' : `the answer was ${status}`)
    this.status = status
  }
}

/** The demo's own routes; those of the avatars are known by `<avatar-form>`. Every method throws a RequestError. */
export const api = {
  line: () => request<Line>('GET', '/line'),
  whoAmI: async () => (await request<{ readonly user: string | null }>('GET', '/sign-in')).user,
  signIn: async (user: string) =>
    (await request<{ readonly user: string }>('POST', '/sign-in', new URLSearchParams({ user }))).user,
  signOut: async () => {
    await request('POST', '/sign-out')
    return null
  },
}

async function request<T>(method: string, path: string, body?: BodyInit): Promise<T> {
  const options = { method, headers: { accept: 'application/json' }, ...(body === undefined ? {} : { body }) }
  const response = await fetch(path, options).catch(() => {
    throw new RequestError(0)
  })
  if (!response.ok) throw new RequestError(response.status)
  const text = await response.text().catch(() => {
    throw new RequestError(0)
  })
  return text === '' ? (undefined as T) : JSON.parse(text)
}
