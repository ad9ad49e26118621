import { createHash } from 'node:crypto'
import { buffer } from 'node:stream/consumers'
import type { BucketStore } from '@bucket-brigade/core'
import { inTurns } from './in-turns.js'

/** What this reads of a pointer. */
export interface PointerText {
  readonly lineage: string
  readonly revision: number
  readonly current: RecordText | null
  readonly previous: readonly RecordText[]
  readonly operations: readonly { readonly id: string; readonly avatarId: string }[]
  readonly removed: readonly { readonly id: string; readonly until: number }[]
}

interface RecordText {
  readonly id: string
  readonly savedAt: string
  readonly objects: readonly { readonly edge: number; readonly key: string }[]
}

/** Everything in a bucket, by key: attributes and digest of each object; of pointers what two runs have in common. */
export type BucketSnapshot = ReadonlyMap<string, unknown>

const READS_AT_ONCE = 8
const POINTER = /^state\/avatars\/[^/]+\/avatar\.json$/

export async function snapshotOf(store: BucketStore): Promise<BucketSnapshot> {
  const objects = await store.list('').toArray()
  return new Map(await inTurns(objects, READS_AT_ONCE, async ({ key }) => [key, await likenessOf(store, key)] as const))
}

async function likenessOf(store: BucketStore, key: string): Promise<unknown> {
  const { body, contentType, cacheControl, metadata } = await store.get(key)
  const bytes = await buffer(body)
  const content = POINTER.test(key)
    ? timeless(JSON.parse(bytes.toString()))
    : createHash('sha256').update(bytes).digest('hex')
  return { contentType, cacheControl, metadata, content }
}

/** Keys that pointers below a prefix name and that are not there. */
export async function missingObjects(store: BucketStore, prefix = 'state/avatars/'): Promise<readonly string[]> {
  const pointers = (await store.list(prefix).toArray()).map(({ key }) => key).filter((key) => POINTER.test(key))
  const named = await picturesNamedBy(store, pointers)
  const there = new Set((await store.list('uploads/').toArray()).map(({ key }) => key))
  return named.filter((key) => !there.has(key))
}

/** Keys of every picture that these pointers name. */
export async function picturesNamedBy(store: BucketStore, pointers: readonly string[]): Promise<readonly string[]> {
  const named = await inTurns(pointers, READS_AT_ONCE, async (key) => picturesOf(await readPointer(store, key)))
  return named.flat()
}

export async function readPointer(store: BucketStore, key: string): Promise<PointerText> {
  return JSON.parse((await buffer((await store.get(key)).body)).toString())
}

function picturesOf({ current, previous }: PointerText): readonly string[] {
  return [...(current ? [current] : []), ...previous].flatMap(({ objects }) => objects.map(({ key }) => key))
}

/** Without moments and random names, which differ from run to run. */
function timeless(pointer: PointerText & { readonly writeId?: string }): unknown {
  const { writeId: _writeId, lineage: _lineage, current, previous, removed, ...rest } = pointer
  const bare = ({ savedAt: _savedAt, ...record }: RecordText) => record
  return {
    ...rest,
    current: current && bare(current),
    previous: previous.map(bare),
    removed: removed.map(({ until: _until, ...tombstone }) => tombstone),
  }
}
