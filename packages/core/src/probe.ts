import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { BucketStore } from './bucket-store.js'
import type { Cancellable } from './driver.js'
import { StoreError } from './errors.js'
import { probePost, probePut } from './probe-presigned.js'

/** What a service made of a request: did as asked, took it and did otherwise, refused it; or nobody could see. */
export type ProbeOutcome = 'honoured' | 'ignored' | 'refused' | 'untested'

export interface ProbeFinding {
  readonly outcome: ProbeOutcome
  /** What was seen. */
  readonly detail: string
  /** What to do about it, where there is something to do. */
  readonly cure?: string | undefined
}

export interface ConditionalWriteReport {
  /** `mode: 'create'` never replaces an object. */
  readonly createIfAbsent: ProbeFinding
  /** `mode: { ifMatch }` replaces exactly that version. */
  readonly ifMatch: ProbeFinding
  /** Removing what the probe wrote. */
  readonly delete: ProbeFinding
  /** Keys that could not be removed. A lifecycle rule for `tmp/` removes them. */
  readonly leftovers: readonly string[]
}

export interface ProbeReport extends ConditionalWriteReport {
  /** The store's own `acl`, or `private` where it has none. */
  readonly acl: ProbeFinding
  readonly presignedPost: ProbeFinding
  readonly presignedPut: ProbeFinding
}

export interface ProbeOptions extends Cancellable {
  /** Tries presigned uploads as a browser would. Default: they are only made, and reported as `untested`. */
  readonly fetch?: typeof fetch
}

/**
 * Finds out whether the service heeds conditions of writes: some take them and overwrite all the same.
 *
 * Writes a few objects of some bytes under a random key below `tmp/probe/`, without the store's `acl`, and removes them.
 * The right to delete is not needed; what stays is named in `leftovers`.
 *
 * @throws StoreError where not even a plain write works: `bucket-not-found`, `permission-denied`, `unavailable`
 */
export async function probeConditionalWrites(
  store: BucketStore,
  { signal }: Cancellable = {},
): Promise<ConditionalWriteReport> {
  const prefix = randomPrefix()
  const { findings, ...rest } = await withCleanUp(store, prefix, signal, () => conditions(store, prefix, signal))
  return { ...findings, ...rest }
}

/**
 * Finds out what the service does, and what it only says: conditional writes, the access control list, presigned
 * uploads, and the right to delete.
 *
 * @throws StoreError where not even a plain write works: `bucket-not-found`, `permission-denied`, `unavailable`
 */
export async function probeCapabilities(store: BucketStore, options: ProbeOptions = {}): Promise<ProbeReport> {
  const { signal } = options
  const prefix = randomPrefix()
  const { findings, ...rest } = await withCleanUp(store, prefix, signal, async () => ({
    ...(await conditions(store, prefix, signal)),
    acl: await probeAcl(store, `${prefix}acl`, signal),
    presignedPost: await probePost(store, `${prefix}post`, options),
    presignedPut: await probePut(store, `${prefix}put`, options),
  }))
  return { ...findings, ...rest }
}

type Attempt = { readonly code: 'ok'; readonly etag: string } | StoreError

async function conditions(store: BucketStore, prefix: string, signal: AbortSignal | undefined) {
  const key = `${prefix}if-match`
  const { etag } = await store.put(key, 'one', { acl: 'none', signal })
  return {
    createIfAbsent: await probeCreate(store, `${prefix}create`, signal),
    ifMatch: await probeIfMatch(store, key, etag, signal),
  }
}

async function probeCreate(store: BucketStore, key: string, signal: AbortSignal | undefined): Promise<ProbeFinding> {
  const first = await attempt(() => store.put(key, 'one', { acl: 'none', mode: 'create', signal }), signal)
  if (first.code !== 'ok') return unexpected(first, 'creating an object that is absent')
  const second = await attempt(() => store.put(key, 'two', { acl: 'none', mode: 'create', signal }), signal)
  if (second.code === 'already-exists') return { outcome: 'honoured', detail: 'a second creation was refused' }
  if (second.code !== 'ok') return unexpected(second, 'creating an object that is there')
  return {
    outcome: 'ignored',
    detail: 'creating an object that is there replaced it',
    cure: 'use a service that heeds If-None-Match on writes, or keys that are written once only',
  }
}

async function probeIfMatch(
  store: BucketStore,
  key: string,
  old: string,
  signal: AbortSignal | undefined,
): Promise<ProbeFinding> {
  const swap = (at: string, body: string, ifMatch: string): Promise<Attempt> =>
    attempt(() => store.put(at, body, { acl: 'none', mode: { ifMatch }, signal }), signal)
  const cure = 'use a service that heeds If-Match on writes, or accept that the last of two writers wins'
  const current = await swap(key, 'two', old)
  if (current.code === 'precondition-failed') {
    return { outcome: 'refused', detail: 'the ETag that the service gave was refused as another version', cure }
  }
  if (current.code !== 'ok') return unexpected(current, 'replacing a version')
  const stale = await swap(key, 'three', old)
  if (stale.code === 'ok') return { outcome: 'ignored', detail: 'a stale ETag replaced a newer version', cure }
  if (stale.code !== 'precondition-failed') return unexpected(stale, 'replacing a version that is gone')
  const absent = await swap(`${key}-absent`, 'one', old)
  if (absent.code === 'ok') return { outcome: 'ignored', detail: 'If-Match wrote where there was no object', cure }
  if (absent.code !== 'precondition-failed') return unexpected(absent, 'replacing an object that is absent')
  return { outcome: 'honoured', detail: 'only the named version was replaced' }
}

async function probeAcl(store: BucketStore, key: string, signal: AbortSignal | undefined): Promise<ProbeFinding> {
  const acl = store.acl ?? 'private'
  const written = await attempt(() => store.put(key, 'one', { acl, signal }), signal)
  if (written.code === 'ok') {
    return { outcome: 'untested', detail: `the list "${acl}" was taken; whether it is heeded shows only from outside` }
  }
  return unexpected(written, `writing with the list "${acl}"`)
}

/** A service that limits the writes of one key is asked once more after a while. Aborts pass through. */
async function attempt(write: () => Promise<{ readonly etag: string }>, signal?: AbortSignal): Promise<Attempt> {
  for (let tries = 1; ; tries++) {
    try {
      return { code: 'ok', etag: (await write()).etag }
    } catch (error) {
      if (!StoreError.is(error)) throw error
      if (error.code !== 'unavailable' || tries === 3) return error
    }
    await sleep(1100, undefined, { signal })
  }
}

/** An error that says nothing about the condition: a refusal, or something that another try may not meet. */
function unexpected(error: StoreError, what: string): ProbeFinding {
  const isPassing = error.code === 'unavailable' || error.code === 'outcome-unknown' || error.code === 'unknown'
  return {
    outcome: isPassing ? 'untested' : 'refused',
    detail: `${what} failed with ${error.code}: ${error.message}`,
    cure: isPassing ? 'probe again' : undefined,
  }
}

async function withCleanUp<T>(
  store: BucketStore,
  prefix: string,
  signal: AbortSignal | undefined,
  probe: () => Promise<T>,
) {
  try {
    const findings = await probe()
    return { findings, ...(await removeAll(store, prefix, signal)) }
  } catch (error) {
    // What the probe met is the error to tell, not what the removal meets after it.
    await removeAll(store, prefix, undefined).catch(() => {})
    throw error
  }
}

async function removeAll(store: BucketStore, prefix: string, signal: AbortSignal | undefined) {
  const leftovers: string[] = []
  let refusal: StoreError | undefined
  for (const key of PROBED.map((name) => prefix + name)) {
    try {
      await store.delete(key, { signal })
    } catch (error) {
      if (!StoreError.is(error)) throw error
      refusal ??= error
      leftovers.push(key)
    }
  }
  const finding: ProbeFinding = refusal
    ? {
        outcome: 'refused',
        detail: `deleting failed with ${refusal.code}: ${refusal.message}`,
        cure: 'grant s3:DeleteObject, or leave what is below tmp/ to a lifecycle rule',
      }
    : { outcome: 'honoured', detail: 'what the probe wrote was removed' }
  return { delete: finding, leftovers }
}

/** Every name below the prefix that the probe may write, whatever the answer said. */
const PROBED = ['if-match', 'if-match-absent', 'create', 'acl', 'post', 'put'] as const

function randomPrefix(): string {
  return `tmp/probe/${randomBytes(16).toString('hex')}/`
}
