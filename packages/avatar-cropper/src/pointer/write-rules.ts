import type { BucketStore } from '@bucket-brigade/core'

/** How the pointer is replaced. `last-writer-wins` may lose one of two saves that happen at the same time. */
export type PointerWrites = 'compare-and-swap' | 'last-writer-wins'

/** For what nobody but the application may read: no ACL header where the class sends none, else an explicit one. */
export function privateAcl(store: BucketStore): 'none' | 'private' {
  return store.acl === undefined ? 'none' : 'private'
}

/** Immutable objects are never overwritten, except where the service cannot help it: then they are with the same. */
export function createMode({ pointerWrites }: { readonly pointerWrites: PointerWrites }): 'create' | 'overwrite' {
  return pointerWrites === 'last-writer-wins' ? 'overwrite' : 'create'
}
