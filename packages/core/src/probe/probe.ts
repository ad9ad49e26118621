import type { BucketStore } from '../store/bucket-store.js'
import { probeAcl, probeClock, probeLifecycle, probeListOrder } from './bucket.js'
import { probeConditionalDelete, probeConditionalMultipart, probeConditions } from './conditions.js'
import { ProbeSession } from './probe-session.js'
import type { ConditionalWriteReport, DirectUploadReport, ProbeOptions, ProbeReport } from './report.js'
import { probeCors, probePost, probePut } from './uploads.js'

/**
 * Finds out whether the service heeds conditions of writes: some take them and overwrite all the same.
 *
 * Writes a few objects of some bytes under a random key below `tmp/probe/`, without an access control list, and removes
 * them. The right to delete is not needed; what stays is named in `leftovers`.
 *
 * @throws StoreError where not even a plain write works: `bucket-not-found`, `permission-denied`, `unavailable`
 */
export async function probeConditionalWrites(
  store: BucketStore,
  options: Pick<ProbeOptions, 'signal' | 'requestTimeoutSeconds'> = {},
): Promise<ConditionalWriteReport> {
  const { findings, ...rest } = await new ProbeSession(store, options).run(probeConditions)
  return { ...findings, ...rest }
}

/**
 * Finds out how strangers may upload: some services sign forms and take none.
 *
 * Takes about seven small requests. Without `fetch`, or where an address cannot be reached from here, its outcome is
 * `untested`.
 */
export async function probeDirectUploads(
  store: BucketStore,
  options: Omit<ProbeOptions, 'origin'> = {},
): Promise<DirectUploadReport> {
  const { findings, ...rest } = await new ProbeSession(store, options).run(async (session) => ({
    presignedPost: await probePost(session),
    presignedPut: await probePut(session),
  }))
  return { ...findings, ...rest }
}

/**
 * Finds out what the service does, and what it only says: conditions, the access control list, uploads straight from
 * browsers, lifecycle rules, listings, the clock, and the right to delete.
 *
 * Takes about forty small requests, below `tmp/probe/` as `probeConditionalWrites` does.
 *
 * @throws StoreError where not even a plain write works: `bucket-not-found`, `permission-denied`, `unavailable`
 */
export async function probeCapabilities(store: BucketStore, options: ProbeOptions = {}): Promise<ProbeReport> {
  const { findings, ...rest } = await new ProbeSession(store, options).run(async (session) => ({
    ...(await probeConditions(session)),
    conditionalDelete: await probeConditionalDelete(session),
    conditionalMultipart: await probeConditionalMultipart(session),
    acl: await probeAcl(session),
    presignedPost: await probePost(session),
    presignedPut: await probePut(session),
    cors: await probeCors(session),
    lifecycle: await probeLifecycle(session),
    listOrder: await probeListOrder(session),
    clock: await probeClock(session),
  }))
  return { ...findings, ...rest }
}
