import { createHmac, timingSafeEqual } from 'node:crypto'
import { HttpProblem, prefersHtml } from '@bucket-brigade/express'
import { type Request, type RequestHandler, type Response, Router, urlencoded } from 'express'

/** The demo's sign-in: anyone may be anyone. What it shows is a cookie that any server can verify, without a session. */
export interface SignIn {
  /** `POST /sign-in` with a field `user`, `POST /sign-out`, and `GET /sign-in`: who is signed in. */
  readonly router: RequestHandler
  /** Makes whoever sent this form the user that its field names, and gives the id. */
  begin(req: Request, res: Response): string
  /** The user id that the request's cookie proves. */
  authenticate(req: Pick<Request, 'headers'>): string | undefined
}

const COOKIE = 'brigade_user'
const LIFETIME_IN_SECONDS = 12 * 60 * 60
const MAX_USER_CHARACTERS = 64

/** @param secrets The first one signs, all verify. */
export function demoSignIn(secrets: readonly string[]): SignIn {
  const authenticate: SignIn['authenticate'] = (req) => {
    const cookie = cookieOf(req.headers.cookie)
    return cookie === undefined ? undefined : verify(cookie, secrets)
  }
  const begin: SignIn['begin'] = (req, res) => {
    const user = userFrom(req.body)
    if (user === undefined) {
      const expected = `Expected a field "user" of 1 to ${MAX_USER_CHARACTERS} characters, without control characters.`
      throw new HttpProblem(400, 'invalid-request', expected, { extra: { field: 'user' } })
    }
    res.cookie(COOKIE, sign(user, secrets), cookieOptions(req))
    return user
  }
  const router = Router()
  router.get('/sign-in', (req, res) => {
    res.set('cache-control', 'no-store').json({ user: authenticate(req) ?? null })
  })
  router.post('/sign-in', urlencoded({ extended: false, limit: 1024, parameterLimit: 4 }), (req, res) => {
    const user = begin(req, res)
    if (prefersHtml(req)) res.redirect(303, '/')
    else res.json({ user })
  })
  router.post('/sign-out', (req, res) => {
    const { maxAge: _maxAge, ...options } = cookieOptions(req)
    res.clearCookie(COOKIE, options)
    if (prefersHtml(req)) res.redirect(303, '/')
    else res.status(204).end()
  })
  return { router, begin, authenticate }
}

function cookieOptions(req: Request) {
  return {
    httpOnly: true,
    sameSite: 'lax',
    secure: req.secure,
    path: '/',
    maxAge: LIFETIME_IN_SECONDS * 1000,
  } as const
}

function userFrom(body: unknown): string | undefined {
  if (typeof body !== 'object' || body === null || !('user' in body) || typeof body.user !== 'string') return undefined
  const user = body.user.normalize('NFC').trim()
  return user.length > 0 && user.length <= MAX_USER_CHARACTERS && !/\p{Cc}/u.test(user) ? user : undefined
}

/** `user.expiry.signature`, where the user is base64url: nothing in it needs quoting in a cookie. */
function sign(user: string, secrets: readonly string[]): string {
  const [secret] = secrets
  if (secret === undefined) throw new TypeError('expected at least one secret; received none')
  const expiry = Math.floor(Date.now() / 1000) + LIFETIME_IN_SECONDS
  const payload = `${Buffer.from(user).toString('base64url')}.${expiry}`
  return `${payload}.${signature(payload, secret).toString('base64url')}`
}

function verify(cookie: string, secrets: readonly string[]): string | undefined {
  const [user, expiry, given, ...rest] = cookie.split('.')
  if (user === undefined || expiry === undefined || given === undefined || rest.length > 0) return undefined
  const received = Buffer.from(given, 'base64url')
  const genuine = secrets.some((secret) => {
    const expected = signature(`${user}.${expiry}`, secret)
    return received.length === expected.length && timingSafeEqual(received, expected)
  })
  return genuine && Number(expiry) > Date.now() / 1000 ? Buffer.from(user, 'base64url').toString() : undefined
}

/** The label keeps these signatures apart from everything else that the same secret signs. */
function signature(payload: string, secret: string): Buffer {
  return createHmac('sha256', secret).update('express-app/sign-in\n').update(payload).digest()
}

function cookieOf(header: string | undefined): string | undefined {
  const pair = header?.split(/;\s*/).find((part) => part.startsWith(`${COOKIE}=`))
  return pair?.slice(COOKIE.length + 1)
}
