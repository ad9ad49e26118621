import { StoreError } from '../errors.js'
import { compareKeys } from '../keys/key-order.js'
import { tryAddress } from './address.js'
import { type ProbeSession, unexpected } from './probe-session.js'
import type { ClockFinding, ProbeFinding } from './report.js'

/** Names in the order of UTF-8, which is not that of UTF-16, of any alphabet, or of letters without case. */
const ORDERED = ['B', 'a', 'é', '\u{FF5E}', '\u{1F600}']
/** HTTP dates have seconds. */
const GRAIN_MILLISECONDS = 1000
const CLOCK_LIMIT_SECONDS = 60

/** Whether an access control list is taken and, where it can be fetched, heeded. */
export async function probeAcl(session: ProbeSession): Promise<ProbeFinding> {
  const { store } = session
  const key = session.key('acl')
  const acl = store.acl ?? 'private'
  const written = await session.attempt(() => store.put(key, 'one', { acl, signal: session.signal }))
  if (written.code !== 'ok') {
    return unexpected(written, `writing with the list "${acl}"`, 'leave `acl` unset, and use a bucket policy')
  }
  if (acl !== 'private' && acl !== 'public-read') {
    return { outcome: 'untested', detail: `the list "${acl}" was taken; whether it is heeded shows only from outside` }
  }
  const address = async () => ({ url: store.publicUrl(key) })
  const finding = await tryAddress(session, address, '', async ({ url }, send) => {
    const { status } = await send(url)
    return status < 300 ? readable(acl) : unreadable(acl, status)
  })
  // The list was taken: that it could not be looked at from outside is no refusal.
  return finding.outcome === 'refused'
    ? { outcome: 'untested', detail: `the list was taken; ${finding.detail}` }
    : finding
}

function readable(acl: 'private' | 'public-read'): ProbeFinding {
  if (acl === 'public-read') return { outcome: 'honoured', detail: 'anybody could read the object that was public' }
  return {
    outcome: 'ignored',
    detail: 'anybody could read the object that was private',
    cure: "narrow the bucket's policy: what is below tmp/ must be nobody's to read",
  }
}

function unreadable(acl: 'private' | 'public-read', status: number): ProbeFinding {
  if (acl === 'private') return { outcome: 'honoured', detail: 'nobody could read the object that was private' }
  return {
    outcome: 'ignored',
    detail: `the list "public-read" was taken, but reading is answered with HTTP ${status}`,
    cure: 'leave `acl` unset, and open what is public by a bucket policy or a CDN',
  }
}

/** Whether what lies below `tmp/` will be removed by a rule of the bucket. */
export async function probeLifecycle(session: ProbeSession): Promise<ProbeFinding> {
  const { store } = session
  const key = session.key('expiring')
  const written = await session.put(key, 'one')
  if (written.code !== 'ok') return unexpected(written, 'writing')
  const { expiresAt } = await store.head(key, { signal: session.signal })
  if (expiresAt)
    return { outcome: 'honoured', detail: `what is below tmp/ now is removed at ${expiresAt.toISOString()}` }
  return {
    outcome: 'absent',
    detail: 'the service announces no removal of what is below tmp/',
    cure: 'make lifecycle rules for tmp/ and for unfinished uploads (setTemporaryExpiry), or sweep from time to time',
  }
}

/** Whether a listing shows everything at once, page by page in the order of UTF-8. */
export async function probeListOrder(session: ProbeSession): Promise<ProbeFinding> {
  const { store } = session
  const keys = ORDERED.map((name) => session.key(`order/${name}`))
  // Written in an order that no listing by time can take for that of the keys.
  for (const key of [...keys.slice(2), ...keys.slice(0, 2)].toReversed()) {
    const written = await session.put(key, 'one')
    if (written.code !== 'ok') return unexpected(written, 'writing')
  }
  try {
    const [first = ''] = keys
    const prefix = first.slice(0, first.lastIndexOf('/') + 1)
    const listed = (await store.list(prefix, { pageSize: 2, signal: session.signal }).toArray()).map(({ key }) => key)
    return orderFinding(keys, listed)
  } catch (error) {
    if (!StoreError.is(error)) throw error
    return unexpected(error, 'listing', 'grant s3:ListBucket')
  }
}

function orderFinding(keys: readonly string[], listed: readonly string[]): ProbeFinding {
  if (listed.join() === keys.join()) return { outcome: 'honoured', detail: 'listings are complete and in order' }
  const isComplete = listed.toSorted(compareKeys).join() === keys.join()
  return {
    outcome: 'ignored',
    detail: isComplete
      ? 'keys are not listed in the order of UTF-8'
      : 'not all that was written is listed, or not once',
    cure: "rely neither on `startAfter` nor on copyPrefix's `existing: 'keep'`",
  }
}

/** How far the service's clock is from this machine's. */
export async function probeClock(session: ProbeSession): Promise<ClockFinding> {
  const { store } = session
  const key = session.key('clock')
  const before = Date.now() - GRAIN_MILLISECONDS
  const written = await session.put(key, 'one')
  const after = Date.now()
  if (written.code !== 'ok') return { ...unexpected(written, 'writing'), skewInSeconds: 0 }
  const time = (await store.head(key, { signal: session.signal })).lastModified.getTime()
  const ahead = time > after ? time - after : Math.min(0, time - before)
  const skewInSeconds = Math.round(ahead / 1000)
  if (Math.abs(skewInSeconds) <= CLOCK_LIMIT_SECONDS) {
    return { outcome: 'honoured', detail: `the clocks differ by ${skewInSeconds} s`, skewInSeconds }
  }
  return {
    outcome: 'ignored',
    detail: `the service's clock is ${Math.abs(skewInSeconds)} s ${skewInSeconds > 0 ? 'ahead of' : 'behind'} this machine's`,
    cure: 'set the clocks by NTP: signed addresses, tokens and sweeps go by them',
    skewInSeconds,
  }
}
