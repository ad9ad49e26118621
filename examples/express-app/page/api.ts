import type { CropData, Size } from './crop-geometry.js'
import type { Problem } from './words.js'

/** The picture as it came, ready to be cropped. */
export interface Uploaded {
  readonly token: string
  readonly original: Size & { readonly type: string; readonly bytes: number }
  /** Address in the bucket, for a while. */
  readonly preview: string
}

export interface Cropped {
  readonly token: string
  readonly crop: CropData
  /** Address in the bucket, for a while. */
  readonly preview: string
}

export interface Avatar {
  readonly id: string
  readonly url: string
  /** Addresses by edge in pixels, such as `"192"`. */
  readonly sizes: Readonly<Record<string, string>>
  readonly savedAt: string
}

export interface Avatars {
  readonly current?: Avatar | null
  readonly avatars: readonly Avatar[]
}

/** Who stands in the line, and what they take. */
export interface Line {
  readonly servers: readonly string[]
  readonly bucket: string
  readonly maxUploadBytes: number
}

/** An answer, and the server that gave it. */
export interface Served<T> {
  readonly value: T
  readonly server: string
}

/** An answer that says what is wrong, or none at all (`offline`). */
export class ProblemError extends Error {
  override readonly name = 'ProblemError'
  readonly problem: Problem

  constructor(problem: Problem) {
    super(problem.detail ?? problem.title ?? problem.code)
    this.problem = problem
  }
}

/** The application's HTTP routes. Every method throws a ProblemError, or the AbortError of its signal. */
export const api = {
  line: () => request<Line>('GET', '/line'),
  whoAmI: () => request<{ readonly user: string | null }>('GET', '/sign-in'),
  signIn: (user: string) => request<{ readonly user: string }>('POST', '/sign-in', new URLSearchParams({ user })),
  signOut: () => request<undefined>('POST', '/sign-out'),
  crop: (token: string, crop: CropData) => request<Cropped>('POST', '/avatars/crop', json({ token, ...crop })),
  save: (token: string) => request<{ readonly avatar: Avatar }>('POST', '/avatars/save', json({ token })),
  list: () => request<Avatars>('GET', '/avatars'),
  select: (id: string) => request<{ readonly avatar: Avatar }>('PUT', '/avatars/current', json({ id })),
  remove: (id: string) => request<undefined>('DELETE', `/avatars/${encodeURIComponent(id)}`),
}

/** `JSON.parse` of an answer whose shape the routes promise. */
export function parseAnswer<T>(text: string): T {
  return JSON.parse(text)
}

/** Reads a problem out of an answer; whatever stands in between may answer in other words. */
export function problemOf(status: number, text: string): Problem {
  try {
    const problem = parseAnswer<Partial<Problem>>(text)
    if (typeof problem.code === 'string') return { ...problem, code: problem.code }
  } catch {
    // Not JSON: an answer of a balancer or a proxy, known by its status alone.
  }
  const codes: Readonly<Record<number, string>> = { 401: 'unauthenticated', 413: 'file-too-large', 503: 'no-server' }
  return { code: codes[status] ?? `status-${status}` }
}

const SERVED_BY = 'x-served-by'

export const headers = { accept: 'application/json', servedBy: SERVED_BY } as const

function json(value: unknown): Blob {
  return new Blob([JSON.stringify(value)], { type: 'application/json' })
}

async function request<T>(method: string, path: string, body?: BodyInit): Promise<Served<T>> {
  const response = await fetch(path, {
    method,
    headers: { accept: headers.accept },
    ...(body === undefined ? {} : { body }),
  }).catch(() => {
    throw new ProblemError({ code: 'offline' })
  })
  const text = await response.text().catch(() => {
    throw new ProblemError({ code: 'offline' })
  })
  if (!response.ok) throw new ProblemError(problemOf(response.status, text))
  const server = response.headers.get(SERVED_BY) ?? ''
  return { value: text === '' ? (undefined as T) : parseAnswer<T>(text), server }
}
