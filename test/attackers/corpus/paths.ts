import { createHash } from 'node:crypto'
import type { Attack } from '../attack.js'
import type { AttackSite } from '../attack-site.js'
import { json } from './requests.js'

/** Ways out of a folder, as they stand in a path. The treasure lies beside the bucket's own folder. */
const WAYS_OUT = {
  raw: '../../treasure.txt',
  'with a dot more': '.../...//treasure.txt',
  encoded: '%2e%2e/%2e%2e/treasure.txt',
  'with an encoded slash': '..%2f..%2ftreasure.txt',
  'half encoded': '.%2e/%2e./treasure.txt',
  'encoded twice': '%252e%252e%252f%252e%252e%252ftreasure.txt',
  'with a backslash': '..\\..\\treasure.txt',
  'with an encoded backslash': '..%5c..%5ctreasure.txt',
  'in overlong UTF-8': '%c0%ae%c0%ae/%c0%ae%c0%ae/treasure.txt',
  'with slashes that look like one': '..%ef%bc%8f..%ef%bc%8ftreasure.txt',
  'with dots that are two, once normalised': '%e2%80%a5/%e2%80%a5/treasure.txt',
  'with letters taken apart (NFD)': '%2e%2e/%2e%2e/tre%61%cc%88/..%2ftreasure.txt',
  'with a NUL': '../../treasure.txt%00.jpg',
  'with a NUL in front': '%00/../../treasure.txt',
  'with a parameter': '..;/..;/treasure.txt',
  absolute: '/%2fetc/passwd',
  'as a drive': 'C:%5cetc%5cpasswd',
  'with a line end': '%0d%0a../treasure.txt',
  'with an invalid escape': '%/../%zz/treasure.txt',
} as const

const OBJECTS: readonly Attack[] = Object.entries(WAYS_OUT).flatMap(([form, way]) =>
  ['uploads', 'tmp', '..'].map((prefix) => ({
    what: `reads a path out of ${prefix}/, ${form}`,
    request: { path: `/objects/avatars/${prefix}/${way}` },
    // Where it is a key like any other, there is no such object, or nobody may know.
    status: [400, 403, 404],
    door: 'both' as const,
  })),
)

const BUCKETS: readonly Attack[] = [
  '..',
  '%2e%2e',
  '..%2f',
  '.',
  '%00',
  '.brigade',
  '',
  'avatars%2f..',
  'avatars/.brigade',
].map((bucket) => ({
  what: `takes ${JSON.stringify(bucket)} for a bucket`,
  request: { path: `/objects/${bucket}/treasure.txt` },
  status: [400, 403, 404],
  door: 'both' as const,
}))

/** An address that is signed for one key, used for another one. */
const SIGNED: readonly Attack[] = Object.entries(WAYS_OUT).map(([form, way]) => ({
  what: `leads a signed address out of its folder, ${form}`,
  request: async (site) => {
    const { pathname, search } = await site.signedPicture()
    return { path: `${pathname}/../${way}${search}` }
  },
  status: [400, 403],
}))

const PICTURES: readonly Attack[] = Object.entries(WAYS_OUT).map(([form, way]) => ({
  what: `asks for the avatar of a path, ${form}`,
  request: { path: `/avatars/of/${way}/64` },
  status: [400, 404],
}))

const STATIC: readonly Attack[] = Object.entries(WAYS_OUT).map(([form, way]) => ({
  what: `asks the pages for a path, ${form}`,
  request: { path: `/${way}` },
  status: [400, 403, 404],
  door: 'both' as const,
}))

/** Signing in as a path: what such a person uploads stays in a folder of their own. */
const USERS: readonly Attack[] = [
  '../10',
  '10/../10',
  '..',
  '.',
  '10/',
  '/10',
  '10\\..\\10',
  '%2e%2e%2f10',
  '~',
  'CON',
  '１０',
].map((user) => ({
  what: `uploads as the user ${JSON.stringify(user)}`,
  request: async (site: AttackSite) => {
    const { headers } = await site.send({
      method: 'POST',
      path: '/sign-in',
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ user }).toString(),
    })
    const cookie = headers['set-cookie']?.split(';', 1)[0] ?? ''
    return json('/avatars/direct', { filename: '../../x.jpg', type: 'image/jpeg', bytes: 100 }, cookie)
  },
  status: 201,
  check: ({ body }) => {
    const { file_relative_path: path, upload } = JSON.parse(body)
    const digest = createHash('sha256').update(user).digest('hex').slice(0, 32)
    const folder = /^[A-Za-z0-9_-]{1,64}$/.test(user) ? user : `~${digest}`
    const expected = new RegExp(`^/tmp/avatars/${folder}/[0-9a-f]{32}/original$`)
    if (!expected.test(path)) throw new Error(`expected a key below tmp/avatars/${folder}/; received ${path}`)
    if (upload.fields?.key !== undefined && upload.fields.key !== path.slice(1))
      throw new Error('another key was signed')
  },
}))

/** Fields that name a file are labels: the token decides. */
const LABELS: readonly Attack[] = [
  {
    what: 'names another file beside the token of its own',
    request: ({ attacker, victim }) =>
      json(
        '/avatars/preview',
        {
          token: attacker.uploaded.token,
          file_relative_path: victim.uploaded.file_relative_path,
          key: '../../treasure.txt',
        },
        attacker.cookie,
      ),
    status: 200,
    check: ({ body }, { attacker, victim }) => {
      const { preview } = JSON.parse(body)
      if (!preview.includes(attacker.uploaded.file_relative_path)) throw new Error('expected its own picture')
      if (preview.includes(victim.uploaded.file_relative_path))
        throw new Error('received the picture of another person')
    },
  },
  {
    what: 'removes an avatar by a path',
    request: ({ attacker }) => ({
      method: 'DELETE',
      path: '/avatars/..%2f10%2favatar',
      headers: { Cookie: attacker.cookie },
    }),
    status: 404,
    code: 'not-found',
  },
  {
    what: 'chooses an avatar by a path',
    request: ({ attacker }) => json('/avatars/current', { id: '../../10/avatar.json' }, attacker.cookie, 'PUT'),
    status: 404,
    code: 'not-found',
  },
]

export const PATHS: readonly Attack[] = [...OBJECTS, ...BUCKETS, ...SIGNED, ...PICTURES, ...STATIC, ...USERS, ...LABELS]
