import type { CookieOptions, Request, Response } from 'express'

/** What a form carries to name its session: no secret, and no right to anything. */
const REFERENCE = /^[0-9a-f]{32}(-[0-9a-f]{12})?$/
const NAME_PREFIX = 'avatar-'

/** Tokens are long, and servers take 16 KiB of headers: the oldest sessions of a browser have to go. */
const MAX_COOKIES = 6

/**
 * Names a session's token in a browser without scripts. Every crop has a reference of its own, so that two tabs that
 * crop the same upload save what each of them shows.
 */
export function referenceOf(session: string, avatarId?: string): string {
  return avatarId === undefined ? session : `${session}-${avatarId.slice(0, 12)}`
}

/** The token that the browser keeps for a reference, out of reach of scripts. */
export function tokenOf(req: Request, reference: string): string | undefined {
  if (!REFERENCE.test(reference)) return undefined
  return cookiesOf(req).get(NAME_PREFIX + reference)
}

export interface KeptToken {
  readonly token: string
  readonly reference: string
  readonly deadline: Date
}

/** Hands a token to the browser until its deadline. */
export function keepToken(req: Request, res: Response, path: string, { token, reference, deadline }: KeptToken): void {
  const options: CookieOptions = { path, httpOnly: true, sameSite: 'lax', secure: req.secure }
  const name = NAME_PREFIX + reference
  const others = [...cookiesOf(req).keys()].filter((other) => isSessionCookie(other) && other !== name)
  for (const oldest of others.slice(0, Math.max(0, others.length - MAX_COOKIES + 1))) res.clearCookie(oldest, options)
  res.cookie(name, token, { ...options, maxAge: Math.max(0, deadline.getTime() - Date.now()) })
}

function isSessionCookie(name: string): boolean {
  return name.startsWith(NAME_PREFIX) && REFERENCE.test(name.slice(NAME_PREFIX.length))
}

/** In the order in which the browser sends them: of one path, the oldest first. */
function cookiesOf(req: Request): ReadonlyMap<string, string> {
  const pairs = (req.headers.cookie ?? '').split(';').flatMap((pair): [string, string][] => {
    const at = pair.indexOf('=')
    return at === -1 ? [] : [[pair.slice(0, at).trim(), pair.slice(at + 1).trim()]]
  })
  return new Map(pairs)
}
