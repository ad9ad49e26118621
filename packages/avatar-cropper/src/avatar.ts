import type { BucketStore } from '@bucket-brigade/core'
import type { AvatarRecord } from './pointer.js'

/** A saved avatar, ready to be shown. */
export interface Avatar {
  readonly id: string
  /** Address of the largest picture. */
  readonly url: string
  /** Address per edge length in pixels. */
  readonly sizes: Readonly<Record<string, string>>
  /** ISO 8601. */
  readonly savedAt: string
}

/** Every avatar of a user that can be shown. */
export interface AvatarList {
  readonly current: Avatar | undefined
  /** The current one first, then what was shown before it; at most 51. */
  readonly avatars: readonly Avatar[]
}

/** Addresses as the store's `visibility` says: public ones, or signed ones that expire. */
export async function describeAvatar(store: BucketStore, { id, savedAt, objects }: AvatarRecord): Promise<Avatar> {
  const pairs = await Promise.all(objects.map(async ({ edge, key }) => [String(edge), await store.url(key)] as const))
  return { id, url: pairs[0]?.[1] ?? '', sizes: Object.fromEntries(pairs), savedAt }
}

/** The key of the smallest picture that is large enough, else of the largest. */
export function nearestPicture({ objects }: AvatarRecord, edge: number): string | undefined {
  const ascending = objects.toSorted((a, b) => a.edge - b.edge)
  return (ascending.find((object) => object.edge >= edge) ?? ascending.at(-1))?.key
}
