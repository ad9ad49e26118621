import type { IncomingMessage } from 'node:http'
import type { HttpProblem } from '@bucket-brigade/express'
import { SIGN_UP, SIGNED_IN } from './addresses.js'
import type { PlainWords } from './words/plain-words.js'

/** The link on the page of a refusal. */
export interface WayBack {
  readonly href: string
  readonly label: string
}

/** What is refused now may be done in a moment. */
const PASSING: ReadonlySet<string> = new Set([
  'hook-failed',
  'image-timeout',
  'integrity',
  'interrupted',
  'overloaded',
  'pointer-conflict',
  'request-aborted',
  'request-timeout',
  'store-unavailable',
])

/** The form is sent again with something else in it. */
const MENDABLE: ReadonlySet<string> = new Set(['crop-out-of-bounds', 'invalid-request'])

/** To the page with the form, where sending it again may help; else to the beginning. */
export function wayBack({ refused }: PlainWords, { code }: HttpProblem, req: IncomingMessage): WayBack {
  if (code === 'unauthenticated') return { href: SIGNED_IN.choose, label: refused.signIn }
  const asked = 'originalUrl' in req && typeof req.originalUrl === 'string' ? req.originalUrl : (req.url ?? '')
  const isPage = req.method === 'GET'
  const href = isPage ? asked : pageBefore(req)
  if (href !== undefined && isOurs(href) && (PASSING.has(code) || (!isPage && MENDABLE.has(code)))) {
    const isCrop = [SIGNED_IN, SIGN_UP].some(({ crop }) => href.startsWith(crop))
    return { href, label: isCrop ? refused.cropAgain : refused.again }
  }
  const flow = asked.startsWith(SIGN_UP.choose) ? SIGN_UP : SIGNED_IN
  return { href: flow.choose, label: refused.choose }
}

/** Where the form stood. The path alone, so that no link leads to another site. */
function pageBefore({ headers: { referer } }: IncomingMessage): string | undefined {
  if (referer === undefined || !URL.canParse(referer)) return undefined
  const { pathname, search } = new URL(referer)
  return pathname + search
}

function isOurs(href: string): boolean {
  return /^\/(plain|sign-up|avatars)(?![^/?])/.test(href)
}
