import type { BucketStore } from '@bucket-brigade/core'
import type { AvatarObject, AvatarRecord } from './pointer.js'

/** A saved avatar, ready to be shown. */
export interface Avatar {
  readonly id: string
  /** Address of the largest picture. */
  readonly url: string
  /** Address per edge length in pixels. */
  readonly sizes: Readonly<Record<string, string>>
  /** The same pictures in `extraFormats`, in their order: each is a `<source>` of `<picture>`. Absent where there are none. */
  readonly sources?: readonly AvatarSource[]
  /** ISO 8601. */
  readonly savedAt: string
}

/** The saved pictures of one more format, for a `<source>` of `<picture>`. */
export interface AvatarSource {
  /** Media type. */
  readonly type: string
  /** For the attribute of that name, with the width of each picture: `https://… 512w, https://… 192w`. */
  readonly srcset: string
  /** Address per edge length in pixels. */
  readonly sizes: Readonly<Record<string, string>>
}

/** Every avatar of a user that can be shown. */
export interface AvatarList {
  readonly current: Avatar | undefined
  /** The current one first, then what was shown before it; at most 51. */
  readonly avatars: readonly Avatar[]
}

/** Addresses as the store's `visibility` says: public ones, or signed ones that expire. */
export async function describeAvatar(store: BucketStore, record: AvatarRecord): Promise<Avatar> {
  const { id, savedAt } = record
  const [main = [], ...extras] = byFormat(record)
  const addresses = await addressesOf(store, main)
  const avatar = { id, url: addresses[0]?.url ?? '', sizes: sizesOf(addresses), savedAt }
  if (extras.length === 0) return avatar
  const sources = extras.map(async (objects): Promise<AvatarSource> => {
    const source = await addressesOf(store, objects)
    const srcset = source.map(({ edge, url }) => `${url} ${edge}w`).join(', ')
    return { type: objects[0]?.type ?? '', srcset, sizes: sizesOf(source) }
  })
  return { ...avatar, sources: await Promise.all(sources) }
}

/** The key of the smallest picture of the main format that is large enough, else of the largest. */
export function nearestPicture(record: AvatarRecord, edge: number): string | undefined {
  const ascending = (byFormat(record)[0] ?? []).toSorted((a, b) => a.edge - b.edge)
  return (ascending.find((object) => object.edge >= edge) ?? ascending.at(-1))?.key
}

/** The main format first, then the extra ones in their order. */
function byFormat({ objects }: AvatarRecord): readonly (readonly AvatarObject[])[] {
  const types = [...new Set(objects.map(({ type }) => type))]
  return types.map((type) => objects.filter((object) => object.type === type))
}

interface Address {
  readonly edge: number
  readonly url: string
}

async function addressesOf(store: BucketStore, objects: readonly AvatarObject[]): Promise<readonly Address[]> {
  return Promise.all(objects.map(async ({ edge, key }) => ({ edge, url: await store.url(key) })))
}

function sizesOf(addresses: readonly Address[]): Readonly<Record<string, string>> {
  return Object.fromEntries(addresses.map(({ edge, url }) => [String(edge), url]))
}
