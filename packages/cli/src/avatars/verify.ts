import type { BucketStore } from '@bucket-brigade/core'
import { headIfThere } from '../objects/if-there.js'
import { type NamedPicture, PointerFault, type PointerFile, readPointer } from './pointer-file.js'

/** Something that a pointer promises and the bucket does not keep. */
export interface Problem {
  readonly kind: 'missing' | 'wrong-size' | 'pointer-corrupt'
  /** Of the picture, or of the pointer. */
  readonly key: string
  readonly detail: string
}

/** What is behind one pointer. */
export interface Verified {
  readonly avatars: number
  readonly pictures: number
  readonly problems: readonly Problem[]
}

const LOOKS = 3
const NOTHING: Verified = { avatars: 0, pictures: 0, problems: [] }

/** Looks for every picture that a pointer names. Undefined where there is no pointer. One that changed meanwhile, as by a save or a prune, is looked at again. */
export async function verifyPointer(
  store: BucketStore,
  key: string,
  signal: AbortSignal,
): Promise<Verified | undefined> {
  let verified = NOTHING
  let seen: string | undefined
  for (let look = 0; look < LOOKS; look++) {
    const pointer = await readOrFault(store, key, signal)
    if (pointer === undefined) return undefined
    if (pointer instanceof PointerFault) {
      return { ...NOTHING, problems: [{ kind: 'pointer-corrupt', key, detail: pointer.message }] }
    }
    // The same version twice: what was missing is missing.
    if (pointer.etag === seen) return verified
    verified = await lookBehind(store, pointer, signal)
    if (verified.problems.length === 0) return verified
    seen = pointer.etag
  }
  return verified
}

async function readOrFault(
  store: BucketStore,
  key: string,
  signal: AbortSignal,
): Promise<PointerFile | PointerFault | undefined> {
  try {
    return await readPointer(store, key, signal)
  } catch (error) {
    if (error instanceof PointerFault) return error
    throw error
  }
}

async function lookBehind(store: BucketStore, { avatars }: PointerFile, signal: AbortSignal): Promise<Verified> {
  const pictures = avatars.flatMap((avatar) => avatar.pictures)
  const found = await Promise.all(pictures.map((picture) => problemOf(store, picture, signal)))
  return {
    avatars: avatars.length,
    pictures: pictures.length,
    problems: found.filter((problem) => problem !== undefined),
  }
}

async function problemOf(
  store: BucketStore,
  { key, bytes }: NamedPicture,
  signal: AbortSignal,
): Promise<Problem | undefined> {
  const found = await headIfThere(store, key, signal)
  if (!found) return { kind: 'missing', key, detail: 'there is no such object' }
  if (found.size === bytes) return undefined
  return { kind: 'wrong-size', key, detail: `it has ${found.size} bytes, and ${bytes} were saved` }
}
