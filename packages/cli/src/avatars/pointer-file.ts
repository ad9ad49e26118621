import { text } from 'node:stream/consumers'
import { type BucketStore, StoreError } from '@bucket-brigade/core'
import { asUsage } from '../errors.js'
import { ifThere } from '../objects/if-there.js'

/** One picture that a pointer names. */
export interface NamedPicture {
  readonly key: string
  readonly edge: number
  readonly type: string
  readonly bytes: number
}

/** One avatar that a pointer names. */
export interface NamedAvatar {
  readonly id: string
  readonly savedAt: string
  readonly pictures: readonly NamedPicture[]
}

/** What a pointer says, read with eyes of its own: whoever checks a writer must not believe its reader. */
export interface PointerFile {
  readonly etag: string
  readonly revision: number
  /** The current one first. */
  readonly avatars: readonly NamedAvatar[]
  readonly hasCurrent: boolean
}

/** Where the pointers of all users are. */
export const POINTERS = 'state/avatars/'
const POINTER = /^state\/avatars\/(?<segment>[A-Za-z0-9_-]{1,64}|~[0-9a-f]{32})\/avatar\.json$/

/** The part of a pointer's key that stands for the user; undefined for every other key. */
export function segmentOf(key: string): string | undefined {
  return POINTER.exec(key)?.groups?.segment
}

/** Whether a user is called by what stands for an id that is no plain name. */
export function isDigest(user: string): boolean {
  return /^~[0-9a-f]{32}$/.test(user)
}

/**
 * Where the pointer of a user is, who is called by id or as `avatars list` does.
 *
 * @throws UsageError for what cannot be an id
 */
export async function pointerOf(user: string): Promise<string> {
  if (segmentOf(`${POINTERS}${user}/avatar.json`) !== undefined) return `${POINTERS}${user}/avatar.json`
  const { pointerKey } = await import('@bucket-brigade/avatar-cropper')
  return asUsage(() => pointerKey(user))
}

/** Somebody is asked for who has no pointer. */
export function noAvatars(key: string): StoreError {
  return new StoreError('not-found', `this user has no avatars: there is no ${key}`, { operation: 'get', key })
}

/** A pointer that is not as it should be. The message says what is wrong with it. */
export class PointerFault extends Error {
  override readonly name = 'PointerFault'
}

/**
 * Reads one pointer.
 *
 * @returns Undefined where there is none.
 * @throws PointerFault
 */
export async function readPointer(
  store: BucketStore,
  key: string,
  signal: AbortSignal,
): Promise<PointerFile | undefined> {
  const found = await ifThere(store.get(key, { signal }))
  return found && parsePointer(await text(found.body), found.etag)
}

function parsePointer(content: string, etag: string): PointerFile {
  const file = fieldsOf(parsed(content), 'the pointer')
  if (file.version !== 1) throw new PointerFault('it is not a pointer of version 1')
  if (!Array.isArray(file.previous)) throw new PointerFault('it does not list earlier avatars')
  const hasCurrent = file.current !== null
  const records: readonly unknown[] = hasCurrent ? [file.current, ...file.previous] : file.previous
  return { etag, revision: Number(file.revision), avatars: records.map(avatarOf), hasCurrent }
}

function avatarOf(record: unknown): NamedAvatar {
  const { id, savedAt, objects } = fieldsOf(record, 'an avatar')
  const isDated = typeof savedAt === 'string' && !Number.isNaN(Date.parse(savedAt))
  if (typeof id !== 'string' || !isDated || !Array.isArray(objects)) {
    throw new PointerFault('an avatar in it has no id, time or pictures')
  }
  return { id, savedAt, pictures: objects.map(pictureOf) }
}

function pictureOf(object: unknown): NamedPicture {
  const { key, edge, type, bytes } = fieldsOf(object, 'a picture')
  if (typeof key !== 'string' || typeof edge !== 'number' || typeof type !== 'string' || typeof bytes !== 'number') {
    throw new PointerFault('a picture in it has no key, edge, type or size')
  }
  return { key, edge, type, bytes }
}

function parsed(content: string): unknown {
  try {
    return JSON.parse(content)
  } catch {
    throw new PointerFault('it is not JSON')
  }
}

function fieldsOf(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return Object.fromEntries(Object.entries(value))
  throw new PointerFault(`${what} in it is not an object`)
}
