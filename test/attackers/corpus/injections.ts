import type { Attack } from '../attack.js'
import { fields, filePart, form, json, textPart } from './requests.js'

const LINE_ENDS = {
  'CR LF': '\r\n',
  CR: '\r',
  LF: '\n',
  'encoded CR LF': '%0d%0a',
  'U+2028': '\u2028',
  'U+560A': '\u560a',
}
const EVIL = 'Set-Cookie: evil=1'

/** File names are for people to read: none of them gets into a key, a path or a header. */
const FILE_NAMES: readonly Attack[] = Object.entries(LINE_ENDS).map(([name, end]) => ({
  what: `a file name with ${name} and a header behind it`,
  request: ({ attacker }) =>
    form('/avatars', [filePart('no picture', { filename: `me.jpg${end}${EVIL}` })], attacker.cookie),
  status: [400, 415],
}))

const TYPES: readonly Attack[] = Object.entries(LINE_ENDS).map(([name, end]) => ({
  what: `announces a type with ${name} and a header behind it`,
  request: ({ attacker }) =>
    json('/avatars/direct', { filename: 'a', type: `image/jpeg${end}${EVIL}`, bytes: 10 }, attacker.cookie),
  status: 415,
  code: 'image-unsupported',
}))

const USERS: readonly Attack[] = ['\r\n', '\r', '\n', '\0', '\x7f', '\u0085'].map((end) => ({
  what: `signs in with ${JSON.stringify(end)} in the name`,
  request: () => fields('/sign-in', { user: `eve${end}${EVIL}` }, {}),
  status: 400,
  code: 'invalid-request',
}))

const MARKUP = '"><script>alert(1)</script><img src=x onerror=alert(1)>'

export const INJECTIONS: readonly Attack[] = [
  ...FILE_NAMES,
  ...TYPES,
  ...USERS,
  {
    what: 'a path with an encoded line end and a header behind it',
    request: { path: `/avatars/of/x%0d%0a${encodeURIComponent(EVIL)}/64?d=initials` },
    status: [200, 400, 404],
    door: 'both',
  },
  {
    what: 'an access control list beside the signed fields of a form, which has no say',
    request: async ({ attacker, fleet }) => {
      const { body } = await attacker.person.offer(fleet.origin, { type: 'image/jpeg', bytes: 1 })
      const { upload } = body
      const signed = Object.entries(upload.method === 'POST' ? upload.fields : {})
      const more = [['x-amz-meta-owner', '10'], ['acl', 'public-read'], ['Cache-Control', 'public'], ...signed]
      return form('/objects/avatars', [...more.map(([name = '', value]) => textPart(name, value)), filePart('x')], '')
    },
    status: 204,
    leaves: /\/tmp\/avatars\/1\/|\.brigade\//,
    check: async ({ headers }) => {
      const { status } = await fetch(headers.location ?? '')
      if (status !== 403) throw new Error(`expected it to be private; received ${status}`)
    },
  },
  {
    what: 'another type and key in a form of the bucket than the signed ones',
    request: async ({ attacker, victim, fleet }) => {
      const { body } = await attacker.person.offer(fleet.origin, { type: 'image/jpeg', bytes: 1 })
      const { upload } = body
      const signed = upload.method === 'POST' ? upload.fields : {}
      const changed = { ...signed, 'Content-Type': 'text/html', key: victim.uploaded.file_relative_path.slice(1) }
      return form(
        '/objects/avatars',
        [...Object.entries(changed).map(([name, value]) => textPart(name, value)), filePart('x')],
        '',
      )
    },
    status: 403,
    code: 'permission-denied',
  },
  {
    what: 'markup for a name, drawn as initials',
    request: { path: `/avatars/of/${encodeURIComponent(MARKUP)}/64?d=initials` },
    status: 200,
    check: ({ headers, body }) => {
      if (body.includes('<script') || body.includes('onerror')) throw new Error('expected it to be escaped')
      if (!headers['content-security-policy']?.includes('sandbox')) throw new Error('expected a sandbox')
    },
  },
  {
    what: 'markup for a name, shown by the pages',
    request: async (site) => {
      const signedIn = await site.send(fields('/sign-in', { user: MARKUP.slice(0, 60) }, {}))
      return {
        path: '/plain',
        headers: { Cookie: signedIn.headers['set-cookie']?.split(';', 1)[0] ?? '', Accept: 'text/html' },
      }
    },
    status: 200,
    check: ({ body }) => {
      if (body.includes('<script>alert') || body.includes('<img src=x')) throw new Error('expected it to be escaped')
    },
  },
  {
    what: 'markup in a field that is refused, shown by the page that says so',
    request: ({ attacker }) =>
      fields('/avatars/crop', { token: 'x', x: MARKUP }, { Cookie: attacker.cookie, Accept: 'text/html' }),
    status: [400, 403],
    check: ({ body }) => {
      if (body.includes('<script>alert') || body.includes('<img src=x')) throw new Error('expected it to be escaped')
    },
  },
]
