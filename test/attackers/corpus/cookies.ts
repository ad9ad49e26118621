import { createHmac } from 'node:crypto'
import { SECRETS } from '../../journeys/fleet.js'
import type { Attack } from '../attack.js'
import type { AttackSite } from '../attack-site.js'
import { fields } from './requests.js'

const REFERENCE = '0123456789abcdef0123456789abcdef'
const CROP = { x: '0', y: '0', width: '40', height: '40' }

/** Asks who the person is that a cookie proves. */
function whoIs(what: string, cookieOf: (site: AttackSite) => string): Attack {
  return {
    what: `is somebody by ${what}`,
    request: (site) => ({ path: '/avatars', headers: { Cookie: cookieOf(site) } }),
    status: 401,
    code: 'unauthenticated',
  }
}

function signIn(user: string, expiry: string, key = SECRETS[0] as string, label = 'express-app/sign-in\n'): string {
  const payload = `${Buffer.from(user).toString('base64url')}.${expiry}`
  return `brigade_user=${payload}.${createHmac('sha256', key).update(label).update(payload).digest('base64url')}`
}

const IN_AN_HOUR = String(Math.floor(Date.now() / 1000) + 3600)

const FORGED: readonly Attack[] = [
  whoIs('a name alone', () => 'brigade_user=10'),
  whoIs('a signature of nothing', () => `brigade_user=${Buffer.from('10').toString('base64url')}.${IN_AN_HOUR}.`),
  whoIs('the signature of another name', ({ attacker }) => {
    const [, expiry, signature] = attacker.cookie.split('.')
    return `brigade_user=${Buffer.from('10').toString('base64url')}.${expiry}.${signature}`
  }),
  whoIs('a later expiry', ({ attacker }) => {
    const [user, , signature] = attacker.cookie.split('.')
    return `${user}.9999999999.${signature}`
  }),
  whoIs('half of a signature', ({ attacker }) => attacker.cookie.slice(0, -20)),
  whoIs('a cookie of last week', () => signIn('10', String(Number(IN_AN_HOUR) - 7 * 24 * 3600))),
  whoIs('a cookie that never ends', () => signIn('10', 'never')),
  whoIs('the secret of strangers', () => signIn('10', IN_AN_HOUR, 'a-secret-that-none-of-these-servers-knows')),
  whoIs('the secret, for another purpose', () => signIn('10', IN_AN_HOUR, SECRETS[0], '')),
  whoIs('the token of an upload', ({ victim }) => `brigade_user=${victim.uploaded.token}`),
  whoIs('the cookie under a name that looks like it', ({ victim }) =>
    victim.cookie.replace('brigade_user', ' xbrigade_user'),
  ),
  whoIs('a forged cookie before the genuine one', ({ victim }) => `brigade_user=10; ${victim.cookie}`),
]

/** Cookies that somebody planted in the victim's browser, as a neighbour on a common domain can. */
const PLANTED: readonly Attack[] = [
  {
    what: 'has the victim go on with the session of the attacker',
    request: ({ attacker, victim }) =>
      fields(
        '/avatars/crop',
        { session: REFERENCE, ...CROP },
        {
          Cookie: `${victim.cookie}; avatar-${REFERENCE}=${attacker.uploaded.token}`,
        },
      ),
    status: 403,
    code: 'token-user-mismatch',
  },
  {
    what: 'has the victim save the picture of the attacker',
    request: ({ attacker, victim }) =>
      fields(
        '/avatars/save',
        { session: REFERENCE },
        {
          Cookie: `${victim.cookie}; avatar-${REFERENCE}=${attacker.cropped.token}`,
        },
      ),
    status: 403,
    code: 'token-user-mismatch',
  },
  {
    what: 'has the victim see the picture of the attacker',
    request: ({ attacker, victim }) => ({
      path: `/plain/crop?session=${REFERENCE}`,
      headers: { Cookie: `${victim.cookie}; avatar-${REFERENCE}=${attacker.uploaded.token}`, Accept: 'text/html' },
    }),
    status: [303, 403],
  },
  {
    what: 'has the victim come back from a form of the attacker',
    request: async ({ attacker, victim, fleet }) => {
      const { body } = await attacker.person.offer(fleet.origin, { type: 'image/jpeg', bytes: 9 })
      return {
        path: `/avatars/direct/done/${REFERENCE}`,
        headers: { Cookie: `${victim.cookie}; avatar-form-${REFERENCE}=${body.token}` },
      }
    },
    status: 403,
    code: 'token-user-mismatch',
  },
]

/** Sessions that a form may name, and that no browser keeps. */
const REFERENCES: readonly Attack[] = [
  '__proto__',
  'form-0123456789abcdef0123456789abcdef',
  '../0123456789abcdef',
  `${REFERENCE}; Path=/evil`,
  `${REFERENCE}\r\nSet-Cookie: evil=1`,
  REFERENCE.toUpperCase(),
  'toString',
].map((session) => ({
  what: `names the session ${JSON.stringify(session)}`,
  request: ({ attacker }) =>
    fields(
      '/avatars/crop',
      { session, ...CROP },
      {
        Cookie: `${attacker.cookie}; avatar-__proto__=${attacker.uploaded.token}; avatar-form-${REFERENCE}=${attacker.uploaded.token}`,
      },
    ),
  status: 403,
  code: 'token-invalid',
}))

/** What scripts and other sites may never get: the cookies' own rules. */
const RULES: readonly Attack[] = [
  {
    what: 'reads the cookie of the sign-in by a script',
    request: () => fields('/sign-in', { user: 'eve' }, {}),
    status: 200,
    check: ({ headers }) => expectClosed(headers['set-cookie']),
  },
  {
    what: 'reads the cookie of a session by a script',
    request: ({ attacker }) =>
      fields(
        '/avatars/crop',
        { session: REFERENCE, ...CROP },
        {
          Cookie: `${attacker.cookie}; avatar-${REFERENCE}=${attacker.uploaded.token}`,
          Accept: 'text/html',
        },
      ),
    status: 303,
    check: ({ headers }) => {
      expectClosed(headers['set-cookie'])
      if (headers.location?.includes('eyJ')) throw new Error('expected no token in an address')
    },
  },
  {
    what: 'plants a session before the sign-in, which the sign-in does not believe',
    request: ({ attacker }) => fields('/sign-in', { user: 'eve' }, { Cookie: attacker.cookie }),
    status: 200,
    check: ({ headers, body }, { attacker }) => {
      if (JSON.parse(body).user !== 'eve') throw new Error('expected the new person')
      if (headers['set-cookie']?.includes(attacker.cookie)) throw new Error('expected a new cookie')
    },
  },
]

function expectClosed(cookies: string | undefined): void {
  for (const cookie of (cookies ?? '').split('\n')) {
    if (!/; HttpOnly/i.test(cookie) || !/; SameSite=Lax/i.test(cookie)) {
      throw new Error(`expected HttpOnly and SameSite=Lax; received ${cookie.replace(/=[^;]*/, '')}`)
    }
  }
}

export const COOKIES: readonly Attack[] = [...FORGED, ...PLANTED, ...REFERENCES, ...RULES]
