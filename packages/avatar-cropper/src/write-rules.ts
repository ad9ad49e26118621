import type { BucketStore } from '@bucket-brigade/core'
import type { CropperSettings } from './settings.js'

/** For what nobody but the application may read: no ACL header where the class sends none, else an explicit one. */
export function privateAcl(store: BucketStore): 'none' | 'private' {
  return store.acl === undefined ? 'none' : 'private'
}

/** Immutable objects are never overwritten, except where the service cannot help it: then they are with the same. */
export function createMode({ pointerWrites }: CropperSettings): 'create' | 'overwrite' {
  return pointerWrites === 'last-writer-wins' ? 'overwrite' : 'create'
}
