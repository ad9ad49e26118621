import type { Attack } from '../attack.js'
import { filePart, form, json, textPart } from './requests.js'

/** The classes of holes that were published of Active Storage, and of what fetches for others. */

/** What a client says of its file is no flag of the server's (CVE-2026-33173). */
const FLAGS = {
  identified: true,
  analyzed: true,
  acl: 'public-read',
  key: 'uploads/users/10/x.html',
  user: '10',
  metadata: { identified: 'true', 'x-amz-acl': 'public-read' },
  custom_metadata: { 'Content-Disposition': 'inline' },
  method: 'PUT',
  maxBytes: 1e12,
  expiresInSeconds: 1e9,
}

const METADATA: readonly Attack[] = [
  {
    what: 'sets flags of the server’s beside an offer',
    request: ({ attacker }) =>
      json('/avatars/direct', { filename: 'a.jpg', type: 'image/jpeg', bytes: 9, ...FLAGS }, attacker.cookie),
    status: 201,
    check: ({ body }) => {
      const { upload, file_relative_path: path } = JSON.parse(body)
      const policy = Buffer.from(upload.fields?.policy ?? '', 'base64url').toString()
      if (!/^\/tmp\/avatars\/1\//.test(path)) throw new Error(`expected a key of its own; received ${path}`)
      for (const name of ['identified', 'public-read', 'users/10', 'inline', '1000000000000']) {
        if (policy.includes(name)) throw new Error(`expected nothing of ${name} in what is signed`)
      }
      if (new Date(upload.expiresAt).getTime() > Date.now() + 3_600_000) throw new Error('expected it to end soon')
    },
  },
  {
    what: 'calls a page a picture that was looked at',
    request: ({ attacker }) => {
      const flags = ['identified', 'analyzed', 'content_type'].map((name) => textPart(name, 'true'))
      return form('/avatars', [...flags, filePart('<html><script>alert(1)</script>')], attacker.cookie)
    },
    status: 415,
    code: 'image-unsupported',
  },
]

/** A name with wildcards is a name (CVE-2026-33202). */
const GLOBS: readonly Attack[] = ['*', '%2A', '%3F', '[0-9a-f]*', '{a,b}', '**', '.*', '1*'].flatMap((id) => [
  {
    what: `deletes the avatars ${id}`,
    request: ({ attacker }) => ({ method: 'DELETE', path: `/avatars/${id}`, headers: { Cookie: attacker.cookie } }),
    status: 404,
    code: 'not-found',
  },
  {
    what: `asks for the avatar of the people ${id}`,
    request: { path: `/avatars/of/${id}/64` },
    status: [400, 404],
  },
])

const RANGES: Readonly<Record<string, string>> = {
  '1400 ranges': `bytes=${Array.from({ length: 1400 }, (_, at) => `${at}-${at}`).join(',')}`,
  'the whole of it, 2000 times': `bytes=${Array<string>(2000).fill('0-').join(',')}`,
  'the largest numbers': 'bytes=0-99999999999999999999999999',
  'a range that goes backwards': 'bytes=9-1',
  'a range of another unit': 'lines=0-9',
  'the last bytes, of numbers without end': `bytes=-${'9'.repeat(12_000)}`,
}

/** Many parts of one object in one answer are more than the object (CVE-2026-33658): it is sent once, or not. */
const PARTS: readonly Attack[] = Object.entries(RANGES).map(([what, range]) => ({
  what: `asks for ${what} of a picture`,
  request: async (site) => {
    const { pathname, search } = await site.signedPicture()
    return { path: pathname + search, headers: { Range: range } }
  },
  status: [200, 206, 416],
  door: 'both',
  check: async ({ headers, body }, site) => {
    const { size } = await (await fetch(await site.signedPicture())).blob()
    if (body.length > size || headers['content-type']?.includes('byteranges')) {
      throw new Error(`expected ${size} bytes at the most; received ${body.length}`)
    }
  },
}))

/** What a cache may keep for everybody is nobody's (CVE-2024-26144). */
const CACHES: readonly Attack[] = [
  '/avatars/of/10/64',
  '/avatars/of/10/64?d=initials',
  '/avatars/of/nobody/64?d=pattern',
].map((path) => ({
  what: `asks for ${path} as somebody, through a cache`,
  request: ({ attacker }) => ({
    path,
    headers: { Cookie: attacker.cookie, 'X-Forwarded-Host': 'evil.example', 'X-Forwarded-Proto': 'evil' },
  }),
  status: [200, 302],
  door: 'both',
  check: ({ headers, body }) => {
    if (!headers['cache-control']?.includes('public')) throw new Error('expected an answer that caches keep')
    if (headers['set-cookie'] !== undefined) throw new Error('expected no cookie in what caches keep')
    if (/evil[.:]/.test(`${headers.location}${body}`)) throw new Error('expected nothing of the one who asked')
  },
}))

/** Servers fetch nothing for anybody. The test after all others counts what the bait has got. */
const FETCHES: readonly Attack[] = [
  {
    what: 'names an address in every place where one could be fetched',
    request: ({ attacker, bait }) => {
      const names = ['url', 'source', 'src', 'file', 'image', 'remote_url', 'callback', 'webhook']
      const query = names.map((name) => `${name}=${encodeURIComponent(bait)}`).join('&')
      const parts = names.filter((name) => name !== 'file').map((name) => textPart(name, bait))
      return form(`/avatars?${query}`, [...parts, filePart(bait, { filename: bait })], attacker.cookie)
    },
    status: 415,
    code: 'image-unsupported',
  },
  {
    what: 'sends a picture that is an address',
    request: ({ attacker, bait }) =>
      form(
        '/avatars',
        [filePart(`<svg><image href="${bait}"/><style>@import '${bait}'</style></svg>`)],
        attacker.cookie,
      ),
    status: 415,
    code: 'image-unsupported',
  },
  {
    what: 'asks for an address as a default picture, and as a page',
    request: ({ bait }) => ({
      path: `/avatars/of/nobody/64?d=${encodeURIComponent(bait)}`,
      headers: { Referer: bait },
    }),
    status: 400,
    code: 'invalid-request',
  },
]

export const PUBLISHED: readonly Attack[] = [...METADATA, ...GLOBS, ...PARTS, ...CACHES, ...FETCHES]
