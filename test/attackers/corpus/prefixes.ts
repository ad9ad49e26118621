import type { Attack } from '../attack.js'
import { json } from './requests.js'

/** Whatever an answer to the attacker tells of the victim, whose id begins as the attacker's own. */
function expectNothingOfVictim({ body }: { readonly body: string }): void {
  if (/users\/10\/|avatars\/10\//.test(body)) throw new Error('expected nothing of another person')
}

/** Names of the victim's, asked for without a signature: nobody may even learn whether they are there. */
const PRIVATE: readonly Attack[] = [
  'state/avatars/10/avatar.json',
  'state/avatars/',
  'tmp/avatars/10/',
  'tmp/avatars/',
  'tmp/avatars/1/../10/x',
  '.brigade/attributes/x',
].map((key) => ({
  what: `reads ${key} without a signature`,
  request: ({ attacker }) => ({ path: `/objects/avatars/${key}`, headers: { Cookie: attacker.cookie } }),
  status: [400, 403],
  door: 'both',
}))

const ORIGINALS: readonly Attack[] = [
  {
    what: 'reads the original of another person without a signature',
    request: ({ victim }) => ({ path: `/objects/avatars${victim.uploaded.file_relative_path}` }),
    status: 403,
    code: 'permission-denied',
  },
  {
    what: 'reads the original of another person with the signature of its own',
    request: async (site) => {
      const { search } = await site.signedPicture()
      return { path: `/objects/avatars${site.victim.uploaded.file_relative_path}${search}` }
    },
    status: 403,
    code: 'permission-denied',
  },
  {
    what: 'writes where its signature lets it read',
    request: async (site) => {
      const { pathname, search } = await site.signedPicture()
      return { method: 'PUT', path: pathname + search, headers: { 'Content-Type': 'image/jpeg' }, body: 'x' }
    },
    status: 403,
    code: 'permission-denied',
  },
  {
    what: 'deletes where its signature lets it read',
    request: async (site) => {
      const { pathname, search } = await site.signedPicture()
      return { method: 'DELETE', path: pathname + search }
    },
    status: 405,
    code: 'method-not-allowed',
  },
  {
    what: 'makes a page of its picture by a type that is not signed',
    request: async (site) => {
      const { pathname, search } = await site.signedPicture()
      return { path: `${pathname}${search}&response-content-type=text/html&x-brigade-response-content-type=text/html` }
    },
    status: 403,
    code: 'permission-denied',
  },
  {
    what: 'reads its own picture beyond the time of its signature',
    request: async (site) => {
      const { pathname, searchParams } = await site.signedPicture()
      for (const [name, value] of searchParams)
        if (/expires/i.test(name)) searchParams.set(name, String(Number(value) + 3600))
      return { path: `${pathname}?${searchParams}` }
    },
    status: 403,
    code: 'permission-denied',
  },
]

const LISTS: readonly Attack[] = [
  '/objects/avatars',
  '/objects/avatars/',
  '/objects/avatars?list-type=2&prefix=tmp/avatars/10/',
  '/objects/avatars?prefix=state/',
  '/objects/',
  '/objects/avatars?uploads',
  '/objects/avatars/uploads/users/',
  '/objects/avatars/uploads/users/10/',
  '/objects/avatars/uploads/users/10',
  '/objects/avatars/uploads/users/1*',
].map((path) => ({
  what: `lists ${path}`,
  request: ({ attacker }) => ({ path, headers: { Cookie: attacker.cookie } }),
  status: [400, 403, 404, 405],
  check: expectNothingOfVictim,
}))

const OF_OTHERS: readonly Attack[] = [
  {
    what: 'lists its own avatars, whose id another one begins with',
    request: ({ attacker }) => ({ path: '/avatars', headers: { Cookie: attacker.cookie } }),
    status: 200,
    check: expectNothingOfVictim,
  },
  {
    what: 'names another person in the query, the body and headers',
    request: ({ attacker }) => ({
      path: '/avatars?user=10&userId=10&prefix=users/10',
      headers: { Cookie: attacker.cookie, 'X-User': '10', 'X-Remote-User': '10', Authorization: 'Bearer 10' },
    }),
    status: 200,
    check: expectNothingOfVictim,
  },
  {
    what: 'chooses the avatar of another person',
    request: ({ attacker, victim }) => json('/avatars/current', { id: victim.avatar.id }, attacker.cookie, 'PUT'),
    status: 404,
    code: 'not-found',
  },
  {
    what: 'deletes the avatar of another person',
    request: ({ attacker, victim }) => ({
      method: 'DELETE',
      path: `/avatars/${victim.avatar.id}`,
      headers: { Cookie: attacker.cookie },
    }),
    status: 404,
    code: 'not-found',
  },
  {
    what: 'deletes the avatar of another person by a form',
    request: ({ attacker, victim }) => ({
      method: 'POST',
      path: `/avatars/${victim.avatar.id}/delete`,
      headers: { Cookie: attacker.cookie, 'Content-Length': '0' },
    }),
    status: 404,
    code: 'not-found',
  },
]

export const PREFIXES: readonly Attack[] = [...PRIVATE, ...ORIGINALS, ...LISTS, ...OF_OTHERS]
