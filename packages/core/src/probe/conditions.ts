import { StoreError } from '../errors.js'
import type { Attempt, ProbeSession } from './probe-session.js'
import { unexpected } from './probe-session.js'
import type { IfMatchFinding, ProbeFinding } from './report.js'

const IF_MATCH_CURE = 'use a service that heeds If-Match on writes, or accept that the last of two writers wins'

/** @throws StoreError where not even a plain write works */
export async function probeConditions(session: ProbeSession) {
  const key = session.key('if-match')
  const written = await session.put(key, 'one')
  if (written.code !== 'ok') throw written
  return {
    createIfAbsent: await probeCreate(session),
    ifMatch: await probeIfMatch(session, key, written.etag),
  }
}

async function probeCreate(session: ProbeSession): Promise<ProbeFinding> {
  const key = session.key('create')
  const first = await session.put(key, 'one', 'create')
  if (first.code !== 'ok') return unexpected(first, 'creating an object that is absent')
  const second = await session.put(key, 'two', 'create')
  if (second.code === 'already-exists') return { outcome: 'honoured', detail: 'a second creation was refused' }
  if (second.code !== 'ok') return unexpected(second, 'creating an object that is there')
  return {
    outcome: 'ignored',
    detail: 'creating an object that is there replaced it',
    cure: 'use a service that heeds If-None-Match on writes, or keys that are written once only',
  }
}

async function probeIfMatch(session: ProbeSession, key: string, old: string): Promise<IfMatchFinding> {
  const current = await session.put(key, 'two', { ifMatch: old })
  if (current.code === 'precondition-failed') {
    const detail = 'the ETag that the service gave was refused as another version, with quotes and without'
    return { outcome: 'refused', detail, cure: IF_MATCH_CURE }
  }
  if (current.code !== 'ok') return unexpected(current, 'replacing a version', IF_MATCH_CURE)
  const stale = await session.put(key, 'three', { ifMatch: old })
  if (stale.code === 'ok') return ifMatchIgnored('a stale ETag replaced a newer version')
  if (stale.code !== 'precondition-failed') return unexpected(stale, 'replacing a version that is gone', IF_MATCH_CURE)
  const absent = await session.put(session.key('if-match-absent'), 'one', { ifMatch: old })
  if (absent.code === 'ok') return ifMatchIgnored('If-Match wrote where there was no object')
  if (absent.code !== 'precondition-failed') return unexpected(absent, 'replacing an object that is absent')
  const { ifMatchForm } = session.store.learned
  const wanted = ifMatchForm === 'unquoted' ? '; this service wants the ETag without its quotes' : ''
  return { outcome: 'honoured', detail: `only the named version was replaced${wanted}`, etagForm: ifMatchForm }
}

function ifMatchIgnored(detail: string): IfMatchFinding {
  return { outcome: 'ignored', detail, cure: IF_MATCH_CURE }
}

export async function probeConditionalDelete(session: ProbeSession): Promise<ProbeFinding> {
  const { store } = session
  const key = session.key('delete')
  const old = await session.put(key, 'one')
  if (old.code !== 'ok') return unexpected(old, 'writing')
  const current = await session.put(key, 'two')
  if (current.code !== 'ok') return unexpected(current, 'writing')
  const remove = (ifMatch: string): Promise<Attempt> =>
    session.attempt(async () => {
      await store.delete(key, { ifMatch, signal: session.signal })
      return { etag: ifMatch }
    })
  const stale = await remove(old.etag)
  if (stale.code === 'ok') {
    return {
      outcome: 'ignored',
      detail: 'a stale ETag removed a newer version',
      cure: 'leave conditionalDelete at unsupported: `move` then looks at the object before',
    }
  }
  if (stale.code !== 'precondition-failed') return unexpected(stale, 'removing a version that is gone')
  const removed = await remove(current.etag)
  if (removed.code !== 'ok') return unexpected(removed, 'removing a version')
  return { outcome: 'honoured', detail: 'only the named version was removed' }
}

export async function probeConditionalMultipart(session: ProbeSession): Promise<ProbeFinding> {
  const { store } = session
  const key = session.key('multipart')
  const there = await session.put(key, 'one')
  if (there.code !== 'ok') return unexpected(there, 'writing')
  try {
    const upload = await store.multipart(key, { mode: 'create', acl: 'none', signal: session.signal })
    try {
      const part = await upload.uploadPart(1, Buffer.from('two'), { signal: session.signal })
      await upload.complete([part], { signal: session.signal })
    } catch (error) {
      // Where the right is missing, the lifecycle rule for unfinished uploads removes it.
      await upload.abort().catch(() => {})
      throw error
    }
  } catch (error) {
    if (!StoreError.is(error)) throw error
    if (error.code === 'already-exists') return { outcome: 'honoured', detail: 'an object that was there stayed' }
    return unexpected(error, 'an upload in parts with the mode create')
  }
  return {
    outcome: 'ignored',
    detail: 'an upload in parts replaced the object that was to be created',
    cure: 'leave conditionalMultipart at unsupported: hand over bodies of known length, which need no parts',
  }
}
