import type { Attack } from '../attack.js'
import type { AttackSite } from '../attack-site.js'

/** Everything that changes something, as a page of another site could make a browser send it. */
const ROUTES: readonly (readonly [method: string, path: string])[] = [
  ['POST', '/avatars'],
  ['POST', '/avatars/crop'],
  ['POST', '/avatars/save'],
  ['POST', '/avatars/claim'],
  ['POST', '/avatars/preview'],
  ['POST', '/avatars/current'],
  ['PUT', '/avatars/current'],
  ['POST', '/avatars/{id}/delete'],
  ['DELETE', '/avatars/{id}'],
  ['POST', '/avatars/direct'],
  ['POST', '/avatars/direct/renew'],
  ['POST', '/avatars/direct/complete'],
  ['POST', '/avatars/direct/abort'],
  ['POST', '/sign-up/avatars'],
  ['POST', '/sign-up/avatars/claim'],
  ['POST', '/sign-in'],
  ['POST', '/sign-out'],
  ['POST', '/sign-up'],
]

/** How a browser says where a request comes from, where that is another site. `{host}` is the site's own. */
const ELSEWHERE: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'another site': { Origin: 'https://evil.example', 'Sec-Fetch-Site': 'cross-site' },
  'a sandboxed frame': { Origin: 'null', 'Sec-Fetch-Site': 'cross-site' },
  'a sandboxed frame of an old browser': { Origin: 'null' },
  'another port': { Origin: 'http://127.0.0.1:1', 'Sec-Fetch-Site': 'same-site' },
  'another scheme': { Origin: 'https://{host}', 'Sec-Fetch-Site': 'cross-site' },
  'a name that begins with this one': { Origin: 'http://{host}.evil.example' },
  'a name with this one for a user': { Origin: 'http://{host}@evil.example' },
  'an origin that is none': { Origin: 'evil' },
  'two origins': { Origin: 'http://{host}, https://evil.example' },
  'a page that an old browser names': { Referer: 'https://evil.example/http://{host}/' },
  'a site that a proxy is said to be': { Origin: 'https://evil.example', 'X-Forwarded-Host': 'evil.example' },
}

function posted(method: string, path: string, headers: Readonly<Record<string, string>>) {
  return ({ victim, fleet }: AttackSite) => {
    const { host } = new URL(fleet.origin)
    const named = Object.entries(headers).map(([name, value]) => [name, value.replace('{host}', host)])
    return {
      method,
      path: path.replace('{id}', victim.avatar.id),
      // As a form of another site can: no preflight, and the victim's own cookie.
      headers: { 'Content-Type': 'text/plain', Cookie: victim.cookie, ...Object.fromEntries(named) },
      body: JSON.stringify({ token: victim.cropped.token, id: victim.avatar.id, user: 'evil' }),
    }
  }
}

const EVERY_ROUTE: readonly Attack[] = ROUTES.map(([method, path]) => ({
  what: `${method} ${path} from another site`,
  request: posted(method, path, { Origin: 'https://evil.example', 'Sec-Fetch-Site': 'cross-site' }),
  status: 403,
  code: 'cross-origin',
}))

const EVERY_PLACE: readonly Attack[] = Object.entries(ELSEWHERE).map(([from, headers]) => ({
  what: `save, from ${from}`,
  request: posted('POST', '/avatars/save', headers),
  status: 403,
  code: 'cross-origin',
}))

const READS: readonly Attack[] = ['/avatars', '/sign-in', '/avatars/of/10/64'].map((path) => ({
  what: `reads ${path} from another site, which gets no leave to see it`,
  request: ({ victim }) => ({ path, headers: { Origin: 'https://evil.example', Cookie: victim.cookie } }),
  status: [200, 302],
  check: ({ headers }) => {
    if (headers['access-control-allow-origin'] !== undefined) throw new Error('expected no leave for other sites')
  },
}))

export const ORIGINS: readonly Attack[] = [
  ...EVERY_ROUTE,
  ...EVERY_PLACE,
  ...READS,
  {
    what: 'asks for leave to PUT from another site',
    request: {
      method: 'OPTIONS',
      path: '/objects/avatars/uploads/x',
      headers: { Origin: 'https://evil.example', 'Access-Control-Request-Method': 'PUT' },
    },
    status: 403,
    code: 'cross-origin',
  },
  {
    what: 'shows the pages in a frame of another site',
    request: { path: '/' },
    status: 200,
    check: ({ headers }) => {
      const policy = headers['content-security-policy'] ?? ''
      if (!policy.includes('frame-ancestors') && headers['x-frame-options'] === undefined) {
        throw new Error(`expected a policy that keeps the page out of frames; received ${policy}`)
      }
    },
  },
]
