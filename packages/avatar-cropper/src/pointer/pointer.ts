import { CropperError } from '../errors.js'

/** One saved avatar: where its pictures are. Never changed once it is written. */
export interface AvatarRecord {
  readonly id: string
  /** ISO 8601, by the clock of the server that saved it. */
  readonly savedAt: string
  /** Largest edge first. */
  readonly objects: readonly AvatarObject[]
}

export interface AvatarObject {
  /** Edge length in pixels. */
  readonly edge: number
  readonly key: string
  /** Media type. */
  readonly type: string
  readonly bytes: number
}

/** One save that took effect. `issuedAt` is when its token was made, in milliseconds since 1970. */
export interface AppliedOperation {
  readonly id: string
  readonly avatarId: string
  readonly issuedAt: number
}

/** An avatar that was taken away, or that newer ones pushed out of the list; kept until no token can bring it back. `keys` are its objects, for a repeated removal. */
export interface Tombstone {
  readonly id: string
  readonly keys: readonly string[]
  /** Milliseconds since 1970. */
  readonly until: number
}

/**
 * What `avatar.json` holds.
 *
 * `operations` makes a save happen once, however often its token is sent. It holds the newest 50 by `issuedAt`;
 * `forgottenUntil` is the newest that was dropped, so that a repeat older than that is known to be late even though its
 * operation is not listed any more.
 */
export interface Pointer {
  readonly version: 1
  /** Random, from when the pointer was made: one that was deleted and made anew is another one. */
  readonly lineage: string
  readonly revision: number
  readonly current: AvatarRecord | null
  /** Most recently shown first. */
  readonly previous: readonly AvatarRecord[]
  readonly operations: readonly AppliedOperation[]
  readonly forgottenUntil: number
  readonly removed: readonly Tombstone[]
}

export const MAX_PREVIOUS = 50
export const MAX_OPERATIONS = 50

/** Longer than any token lives (20 h), any request lasts and any two clocks differ. */
export const TOMBSTONE_MILLISECONDS = 24 * 3600 * 1000

/** Later than every operation. */
const BEING_FORGOTTEN = Number.MAX_SAFE_INTEGER

/** What a change makes of a pointer: a new one to write, or nothing to do. */
export type Transition<T> =
  | { readonly kind: 'write'; readonly pointer: Pointer; readonly result: T }
  | { readonly kind: 'keep'; readonly result: T }

export const emptyPointer: Pointer = {
  version: 1,
  lineage: '',
  revision: 0,
  current: null,
  previous: [],
  operations: [],
  forgottenUntil: 0,
  removed: [],
}

/** Every avatar that can be shown, the current one first. */
export function avatarsOf(pointer: Pointer): readonly AvatarRecord[] {
  return pointer.current ? [pointer.current, ...pointer.previous] : pointer.previous
}

/**
 * The answer to a save that needs no work: what an earlier run of the same operation made.
 *
 * @returns Undefined where the save is still to be done.
 * @throws CropperError `step-out-of-order` where its avatar was removed, or where it comes too late to be known;
 *   `session-expired` while everything of the user is being deleted
 */
export function recallSave(pointer: Pointer, operation: AppliedOperation): AvatarRecord | undefined {
  if (isBeingForgotten(pointer)) throw forgottenMeanwhile()
  if (isBuried(pointer, operation.avatarId)) {
    throw new CropperError(
      'step-out-of-order',
      'this avatar was removed after it had been saved, or newer ones took its place: upload a picture again',
    )
  }
  const listed = pointer.operations.some(({ id }) => id === operation.id)
  if (!listed && operation.issuedAt > pointer.forgottenUntil) return undefined
  const record = avatarsOf(pointer).find(({ id }) => id === operation.avatarId)
  if (record) return record
  throw new CropperError(
    'step-out-of-order',
    'this crop is from before many newer avatars were saved, or from before all were removed: crop the picture again',
  )
}

/** True for an avatar that was taken away: as long as a token may name it, none brings it back. */
export function isBuried(pointer: Pointer, avatarId: string): boolean {
  return pointer.removed.some(({ id }) => id === avatarId)
}

/** What a save shows, and the keys that nothing names any more. */
export interface Saving {
  readonly record: AvatarRecord
  /**
   * Of what was pushed out of the list, and of what was stored in vain: the same crop that was saved before has other keys where
   * a layout names pictures by time.
   */
  readonly unnamed: readonly string[]
}

/** Makes a saved avatar the current one, once per operation. A repeat changes nothing and gives the same answer. */
export function applySave(
  pointer: Pointer,
  operation: AppliedOperation,
  record: AvatarRecord,
  now: number,
): Transition<Saving> {
  const recalled = recallSave(pointer, operation)
  if (recalled) return { kind: 'keep', result: { record: recalled, unnamed: keysOnlyIn(record, recalled) } }
  const known = avatarsOf(pointer).find(({ id }) => id === record.id) ?? record
  const shown = showFirst(pointer, known, now)
  const buried = shown.removed.filter((tombstone) => !pointer.removed.includes(tombstone))
  return {
    kind: 'write',
    pointer: { ...shown, ...withOperation(pointer, operation) },
    result: { record: known, unnamed: [...buried.flatMap(({ keys }) => keys), ...keysOnlyIn(record, known)] },
  }
}

function keysOnlyIn({ objects }: AvatarRecord, other: AvatarRecord): readonly string[] {
  const named = new Set(other.objects.map(({ key }) => key))
  return objects.map(({ key }) => key).filter((key) => !named.has(key))
}

/**
 * Shows an earlier avatar again.
 *
 * @throws CropperError `not-found`
 */
export function applySelect(pointer: Pointer, avatarId: string, now: number): Transition<AvatarRecord> {
  const record = avatarsOf(pointer).find(({ id }) => id === avatarId)
  if (!record) throw noSuchAvatar()
  if (pointer.current?.id === avatarId) return { kind: 'keep', result: record }
  return { kind: 'write', pointer: showFirst(pointer, record, now), result: record }
}

/**
 * Takes avatars away. Where the current one is among them, the one before it is shown, or none.
 *
 * @returns The keys of their objects, which nothing names any more; also on a repeat.
 * @throws CropperError `not-found` where one of them was never there
 */
export function applyRemove(
  pointer: Pointer,
  avatarIds: readonly string[],
  now: number,
): Transition<readonly string[]> {
  const gone = new Set(avatarIds)
  const taken = avatarsOf(pointer).filter(({ id }) => gone.has(id))
  const buried = pointer.removed.filter(({ id }) => gone.has(id))
  if (taken.length + buried.length < gone.size) throw noSuchAvatar()
  const fresh = taken.map((record) => tombstoneOf(record, now))
  const result = [...fresh, ...buried].flatMap(({ keys }) => keys)
  if (taken.length === 0) return { kind: 'keep', result }
  const [current = null, ...previous] = avatarsOf(pointer).filter(({ id }) => !gone.has(id))
  const removed = [...fresh, ...standing(pointer, now)]
  return { kind: 'write', pointer: { ...pointer, revision: pointer.revision + 1, current, previous, removed }, result }
}

/** What a prune took away, and the keys that nothing names any more. */
export interface Pruning {
  readonly avatarIds: readonly string[]
  readonly keys: readonly string[]
}

/**
 * Keeps the current avatar and the `keep` newest of the earlier ones.
 *
 * @param attempted What an attempt before chose: those that it did take away count as taken away by this one.
 * @returns Also the keys of everything that was taken away lately: whoever did that may have died before the deletion,
 *   and a repeat finds none of those avatars in the list.
 */
export function applyPrune(
  pointer: Pointer,
  keep: number,
  attempted: readonly string[],
  now: number,
): Transition<Pruning> {
  const again = attempted.filter((id) => isBuried(pointer, id))
  const avatarIds = [...again, ...pointer.previous.slice(keep).map(({ id }) => id)]
  const transition = applyRemove(pointer, avatarIds, now)
  const keys = new Set([...transition.result, ...pointer.removed.flatMap((tombstone) => tombstone.keys)])
  return { ...transition, result: { avatarIds, keys: [...keys] } }
}

/**
 * Leaves nothing to show, and refuses every save from now on: none may name what is about to be deleted. It ends with
 * the deletion of the pointer.
 *
 * @returns The keys that nothing names any more.
 */
export function applyForget(pointer: Pointer): Transition<readonly string[]> {
  const keys = [
    ...avatarsOf(pointer).flatMap(({ objects }) => objects.map(({ key }) => key)),
    ...pointer.removed.flatMap((tombstone) => tombstone.keys),
  ]
  const { lineage, revision } = pointer
  return {
    kind: 'write',
    pointer: { ...emptyPointer, lineage, revision: revision + 1, forgottenUntil: BEING_FORGOTTEN },
    result: keys,
  }
}

/** True from the moment that `forget` has begun, until the pointer is gone. */
export function isBeingForgotten({ forgottenUntil }: Pointer): boolean {
  return forgottenUntil === BEING_FORGOTTEN
}

/** What the list has no room for any more is buried as what was removed: nobody could find it to take it away. */
function showFirst(pointer: Pointer, record: AvatarRecord, now: number): Pointer {
  const others = avatarsOf(pointer).filter(({ id }) => id !== record.id)
  const pushedOut = others.slice(MAX_PREVIOUS).map((each) => tombstoneOf(each, now))
  return {
    ...pointer,
    revision: pointer.revision + 1,
    current: record,
    previous: others.slice(0, MAX_PREVIOUS),
    removed: [...pushedOut, ...standing(pointer, now)],
  }
}

function withOperation(pointer: Pointer, operation: AppliedOperation): Pick<Pointer, 'operations' | 'forgottenUntil'> {
  const newestFirst = [...pointer.operations, operation].sort((a, b) => b.issuedAt - a.issuedAt)
  const dropped = newestFirst.slice(MAX_OPERATIONS).map(({ issuedAt }) => issuedAt)
  return {
    operations: newestFirst.slice(0, MAX_OPERATIONS),
    forgottenUntil: Math.max(pointer.forgottenUntil, ...dropped),
  }
}

function tombstoneOf(record: AvatarRecord, now: number): Tombstone {
  return { id: record.id, keys: record.objects.map(({ key }) => key), until: now + TOMBSTONE_MILLISECONDS }
}

function standing(pointer: Pointer, now: number): readonly Tombstone[] {
  return pointer.removed.filter(({ until }) => until > now)
}

export function forgottenMeanwhile(cause?: unknown): CropperError {
  return new CropperError(
    'session-expired',
    'everything of this user was deleted meanwhile: upload the picture again',
    {
      cause,
    },
  )
}

function noSuchAvatar(): CropperError {
  return new CropperError('not-found', 'there is no avatar with this id: list the avatars to see which there are')
}
