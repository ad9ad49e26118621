import { parseKey, parsePrefix, show } from '@bucket-brigade/core'
import { fileExtension } from '@bucket-brigade/images'
import { CropperError } from '../errors.js'
import type { AvatarLayout, FinalObject } from './layout.js'
import type { CropperSettings } from './settings.js'

/** A plain id, its neighbour in every listing, and one that no key can hold as it is. */
const USERS = ['1', '10', 'leo@example.com/../ä']
const SESSIONS = [
  { avatarId: '0123456789abcdef0123456789abcdef', issuedAt: new Date('2024-02-03T04:05:06Z') },
  { avatarId: 'fedcba9876543210fedcba9876543210', issuedAt: new Date('2024-02-03T04:05:07Z') },
]
/** Where this package keeps what is private. */
const PRIVATE = ['tmp/', 'state/']

/**
 * Tries a layout on a few users, avatars and edges: what goes wrong later loses pictures.
 *
 * @throws CropperError `invalid-option`, naming the key at fault
 */
export function checkLayout({ layout, edges, format, extraFormats }: CropperSettings): void {
  const main = format === 'auto' ? (['jpeg', 'png'] as const) : [format]
  const extensions = [...main, ...extraFormats].map(fileExtension)
  const seen = new Set<string>()
  for (const user of USERS) {
    const prefix = checkPrefix(layout, user)
    for (const session of SESSIONS) {
      for (const edge of edges) {
        for (const extension of extensions) {
          const key = checkKey(layout, prefix, { user, edge, extension, ...session })
          if (seen.has(key))
            throw faulty(key, 'it is the key of two pictures: let it depend on user, avatar, edge and extension')
          seen.add(key)
        }
      }
    }
  }
}

function checkPrefix(layout: AvatarLayout, user: string): string {
  const prefix = layout.userPrefix(user)
  const others = USERS.filter((other) => other !== user).map((other) => layout.userPrefix(other))
  if (typeof prefix !== 'string' || prefix === '' || !isSound(() => parsePrefix(prefix)))
    throw faulty(prefix, 'userPrefix must give a valid prefix that ends in "/"')
  if (PRIVATE.some((place) => prefix.startsWith(place))) throw faulty(prefix, 'tmp/ and state/ are private')
  if (others.some((other) => other.startsWith(prefix)))
    throw faulty(prefix, 'it holds the pictures of another user too: let it depend on the user')
  return prefix
}

function checkKey(layout: AvatarLayout, prefix: string, object: FinalObject): string {
  const key = layout.key(object)
  if (typeof key !== 'string' || !isSound(() => parseKey(key))) throw faulty(key, 'it is no valid key')
  if (!key.startsWith(prefix)) throw faulty(key, `it must begin with userPrefix, ${show(prefix)}`)
  if (!key.endsWith(`.${object.extension}`)) throw faulty(key, `it must end with the extension, .${object.extension}`)
  if (layout.key(object) !== key) throw faulty(key, 'the same arguments must give the same key, on every server')
  const { finals } = layout
  if (finals && (!key.startsWith(finals.prefix) || !finals.segmentOf(key)))
    throw faulty(key, 'finals must recognise every key of the layout')
  return key
}

function isSound(check: () => unknown): boolean {
  try {
    check()
    return true
  } catch {
    return false
  }
}

function faulty(key: unknown, what: string): CropperError {
  return new CropperError('invalid-option', `layout: received ${show(key)}; ${what}`)
}
