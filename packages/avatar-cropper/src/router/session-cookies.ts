import type { CookieOptions, Request, Response } from 'express'

/** What a form carries to name its session: no secret, and no right to anything. */
const REFERENCE = /^[0-9a-f]{32}(-[0-9a-f]{12})?$/

/**
 * Cookies of one kind. Tokens are long, the longer the longer a user's id is, and servers take 16 KiB of headers, beyond which they
 * answer nothing any more: the oldest of a browser have to go.
 */
interface CookieKind {
  readonly prefix: string
  readonly limit: number
  /** Of all their tokens together; the newest one is always kept. */
  readonly maxCharacters: number
}

/** Uploads and crops. */
const STEPS: CookieKind = { prefix: 'avatar-', limit: 6, maxCharacters: 7000 }
/** Forms that may be sent. Every look at their page makes one, and must not push out what people have begun. */
const FORMS: CookieKind = { prefix: 'avatar-form-', limit: 3, maxCharacters: 3000 }

/**
 * Names a session's token in a browser without scripts. Every crop has a reference of its own, so that two tabs that
 * crop the same upload save what each of them shows.
 */
export function referenceOf(session: string, avatarId?: string): string {
  return avatarId === undefined ? session : `${session}-${avatarId.slice(0, 12)}`
}

/** The token that the browser keeps for a reference, out of reach of scripts. */
export function tokenOf(req: Request, reference: string): string | undefined {
  return readToken(req, STEPS, reference)
}

/** The token that the browser keeps for a form that it sends straight to the bucket. */
export function formTokenOf(req: Request, reference: string): string | undefined {
  return readToken(req, FORMS, reference)
}

function readToken(req: Request, { prefix }: CookieKind, reference: string): string | undefined {
  if (!REFERENCE.test(reference)) return undefined
  return cookiesOf(req).get(prefix + reference)
}

export interface KeptToken {
  readonly token: string
  readonly reference: string
  readonly deadline: Date
}

/** Hands a token to the browser until its deadline. */
export function keepToken(req: Request, res: Response, path: string, kept: KeptToken): void {
  writeToken(req, res, STEPS, path, kept)
}

/** The same for a form that is about to be shown. */
export function keepFormToken(req: Request, res: Response, path: string, kept: KeptToken): void {
  writeToken(req, res, FORMS, path, kept)
}

function writeToken(
  req: Request,
  res: Response,
  kind: CookieKind,
  path: string,
  { token, reference, deadline }: KeptToken,
): void {
  const options: CookieOptions = { path, httpOnly: true, sameSite: 'lax', secure: req.secure }
  const name = kind.prefix + reference
  const others = [...cookiesOf(req)].filter(([other]) => isOfKind(kind, other) && other !== name)
  let characters = token.length
  for (const [index, [other, kept]] of others.reverse().entries()) {
    characters += kept.length
    if (index + 1 >= kind.limit || characters > kind.maxCharacters) res.clearCookie(other, options)
  }
  res.cookie(name, token, { ...options, maxAge: Math.max(0, deadline.getTime() - Date.now()) })
}

function isOfKind({ prefix }: CookieKind, name: string): boolean {
  return name.startsWith(prefix) && REFERENCE.test(name.slice(prefix.length))
}

/** In the order in which the browser sends them: of one path, the oldest first. */
function cookiesOf(req: Request): ReadonlyMap<string, string> {
  const pairs = (req.headers.cookie ?? '').split(';').flatMap((pair): [string, string][] => {
    const at = pair.indexOf('=')
    return at === -1 ? [] : [[pair.slice(0, at).trim(), pair.slice(at + 1).trim()]]
  })
  return new Map(pairs)
}
