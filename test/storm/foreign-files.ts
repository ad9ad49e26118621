import type { BucketStore } from '@bucket-brigade/core'
import { expect } from 'vitest'

/** Files that others keep in the same bucket: some look much like an avatar's own, but none carries its mark. */
const NEIGHBOURS: readonly string[] = [
  'uploads/users/person-1/holiday.jpg',
  `uploads/users/person-1/${'a'.repeat(32)}-512.jpg`,
  `uploads/users/person-2/${'b'.repeat(32)}-96.png`,
  'uploads/users/person-2/notes/readme.txt',
  'uploads/logo.png',
  'tmp/cache/page.html',
  'tmp/avatars/readme.txt',
  `tmp/avatars/person-1/${'c'.repeat(32)}/somebody-elses`,
  'state/other.json',
]

/** Puts them there, and gives a check that each is still the same version. */
export async function putForeignFiles(store: BucketStore): Promise<{
  readonly keys: readonly string[]
  readonly expectUntouched: () => Promise<void>
}> {
  for (const key of NEIGHBOURS) await store.put(key, `somebody else keeps ${key}`)
  const versions = async () => {
    const heads = await Promise.all(NEIGHBOURS.map((key) => store.head(key)))
    return heads.map(({ key, etag, lastModified }) => ({ key, etag, lastModified }))
  }
  const before = await versions()
  return { keys: NEIGHBOURS, expectUntouched: async () => expect(await versions()).toEqual(before) }
}
