import type { Attack } from '../attack.js'
import { fields, filePart, form, json, textPart } from './requests.js'

const EVIL = 'https://evil.example/'

/** Where an answer may lead: a path of this site. */
function expectOwnPath({ headers }: { readonly headers: Readonly<Record<string, string>> }): void {
  const { location } = headers
  if (location === undefined || !/^\/(?![/\\])/.test(location)) {
    throw new Error(`expected to be led to a path of this site; received ${location}`)
  }
}

const DEFAULTS: readonly Attack[] = [
  EVIL,
  '//evil.example',
  '/\\evil.example',
  'javascript:alert(1)',
  'https:evil.example',
  '',
].map((address) => ({
  what: `asks for ${JSON.stringify(address)} where there is no avatar`,
  request: { path: `/avatars/of/nobody/64?d=${encodeURIComponent(address)}` },
  status: 400,
  code: 'invalid-request',
}))

const ONWARD = ['next', 'redirect', 'return_to']

const FORMS_THAT_LEAD_ON: readonly Attack[] = ['/sign-in', '/sign-out', '/sign-up'].map((path) => ({
  what: `names an address in every field that ${path} could believe`,
  request: () =>
    fields(
      `${path}?${ONWARD.map((name) => `${name}=${EVIL}`).join('&')}`,
      { user: '1', ...Object.fromEntries(ONWARD.map((name) => [name, EVIL])) },
      {
        Accept: 'text/html',
      },
    ),
  status: 303,
  check: expectOwnPath,
}))

const PATHS_THAT_LEAD_ON: readonly Attack[] = [
  '//evil.example',
  '//evil.example/%2e%2e',
  '/\\evil.example',
  '/%5cevil.example/',
  '///evil.example//',
].map((path) => ({
  what: `asks for the page ${path}`,
  request: { path },
  status: [301, 400, 403, 404],
  door: 'both' as const,
  check: ({ headers }) => {
    if (headers.location !== undefined) expectOwnPath({ headers })
  },
}))

/** The form that the page without scripts shows, which the bucket takes. */
async function bucketForm(send: (path: string) => Promise<{ readonly body: string }>): Promise<Map<string, string>> {
  const { body } = await send('/plain')
  const inputs = body.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g)
  return new Map([...inputs].map(([, name = '', value = '']) => [name, unescapeHtml(value)]))
}

function unescapeHtml(text: string): string {
  return text
    .replace(/&#(x?)([0-9a-f]+);/gi, (_, hex, code) => String.fromCharCode(Number.parseInt(code, hex ? 16 : 10)))
    .replaceAll('&quot;', '"')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
}

const BUCKET: readonly Attack[] = [
  {
    what: 'has the bucket lead to another address than the signed one',
    request: async (site) => {
      const signed = await bucketForm((path) =>
        site.send({ path, headers: { Cookie: site.attacker.cookie, Accept: 'text/html' } }),
      )
      if (!signed.has('success_action_redirect')) throw new Error('expected a form for the bucket')
      const parts = [...signed.set('success_action_redirect', EVIL)].map(([name, value]) => textPart(name, value))
      return form('/objects/avatars', [...parts, filePart('x')], '')
    },
    status: 403,
    code: 'permission-denied',
  },
  {
    what: 'adds an address to a form that is signed without one',
    request: async ({ attacker, fleet }) => {
      const { body } = await attacker.person.offer(fleet.origin, { type: 'image/jpeg', bytes: 1 })
      const { upload } = body
      const signed = upload.method === 'POST' ? Object.entries(upload.fields) : []
      if (signed.length === 0) throw new Error('expected a form for the bucket')
      const parts = [...signed, ['success_action_redirect', EVIL]].map(([name = '', value]) => textPart(name, value))
      return form('/objects/avatars', [...parts, filePart('x')], '')
    },
    status: 403,
    code: 'permission-denied',
  },
  {
    what: 'comes back from the bucket with an address of its own',
    request: ({ attacker, victim }) => ({
      path: `/avatars/direct/done/${victim.uploaded.file_relative_path.split('/')[4]}?redirect=${EVIL}&key=../../treasure.txt`,
      headers: { Cookie: attacker.cookie, Accept: 'text/html' },
    }),
    status: 403,
  },
]

const HOSTS: readonly Attack[] = [
  {
    what: 'says that the host is another one, and is led on',
    request: ({ attacker }) =>
      fields(
        '/sign-in',
        { user: attacker.user },
        { Host: 'evil.example', 'X-Forwarded-Host': 'evil.example', Accept: 'text/html' },
      ),
    status: [303, 403],
    check: (reply) => {
      if (reply.status === 303) expectOwnPath(reply)
    },
  },
  {
    what: 'says that the host is another one, and asks for a picture',
    request: ({ attacker }) => ({
      ...json('/avatars/preview', { token: attacker.uploaded.token }, attacker.cookie),
      headers: {
        'Content-Type': 'application/json',
        Cookie: attacker.cookie,
        Host: 'evil.example',
        'X-Forwarded-Host': 'evil.example',
        'X-Forwarded-Proto': 'evil',
      },
    }),
    status: 200,
    check: ({ body }) => {
      // Not the letters alone: a signature may hold them.
      if (/evil[.:]/.test(body)) throw new Error('expected the address of the bucket alone')
    },
  },
]

export const REDIRECTS: readonly Attack[] = [
  ...DEFAULTS,
  ...FORMS_THAT_LEAD_ON,
  ...PATHS_THAT_LEAD_ON,
  ...BUCKET,
  ...HOSTS,
]
