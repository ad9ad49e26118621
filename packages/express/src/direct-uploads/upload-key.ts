import { createHash, randomBytes } from 'node:crypto'

const PLAIN_USER = /^[A-Za-z0-9_-]{1,64}$/
const MAX_NAME_CHARACTERS = 100
const MAX_EXTENSION_CHARACTERS = 12

const TEMPORARY = 'tmp/'
/** Where uploads lie that have no place of their own. */
export const UPLOADS = `${TEMPORARY}uploads/`

const NAME = `[A-Za-z0-9_](?:[A-Za-z0-9._-]{0,${MAX_NAME_CHARACTERS + MAX_EXTENSION_CHARACTERS - 2}}[A-Za-z0-9_])?`
const OWN_KEY = new RegExp(`^${UPLOADS}(?:[A-Za-z0-9_-]{1,64}|~[0-9a-f]{32})/[0-9a-f]{32}/${NAME}$`)

/** Below `tmp/`, where a lifecycle rule removes what nobody wants; nobody can guess it, and it tells whose it is. */
export function temporaryKey(user: string, filename: string): string {
  return `${UPLOADS}${userSegment(user)}/${randomBytes(16).toString('hex')}/${safeFilename(filename)}`
}

/** Whether a key is one of `temporaryKey`: what else lies there is somebody else's. */
export function isOwnUpload(key: string): boolean {
  return OWN_KEY.test(key)
}

/** Whether an object at this key goes away by itself, so that nobody may count on it. */
export function isTemporary(key: string): boolean {
  return key.startsWith(TEMPORARY)
}

/**
 * The part of a key that stands for a user, as in the avatars' keys: the id itself where it is plain, else `~` and 32
 * hex digits of its SHA-256. A plain id has no `~`, so that no id can be chosen to look like another one's digest.
 */
function userSegment(user: string): string {
  if (PLAIN_USER.test(user)) return user
  return `~${createHash('sha256').update(user).digest('hex').slice(0, 32)}`
}

/** What a sender calls a file, as it can stand in keys, paths and addresses everywhere. */
export function safeFilename(filename: string): string {
  const ascii = filename
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/[^A-Za-z0-9._-]+/g, '-')
  const dot = ascii.lastIndexOf('.')
  const extension = dot > 0 && ascii.length - dot <= MAX_EXTENSION_CHARACTERS ? ascii.slice(dot) : ''
  const stem = ascii.slice(0, ascii.length - extension.length).slice(0, MAX_NAME_CHARACTERS)
  const whole = `${trimmed(stem)}${extension === '.' ? '' : extension}`
  return trimmed(whole) === '' ? 'file' : trimmed(whole)
}

/** No hidden files, and nothing that looks like an option of a command. */
function trimmed(name: string): string {
  return name.replace(/^[.-]+/, '').replace(/[.-]+$/, '')
}
