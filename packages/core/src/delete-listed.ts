import type { Cancellable } from './driver.js'
import type { DriverCalls } from './driver-calls.js'
import type { ObjectListing } from './listing.js'

/** Deletes what a listing gives, a page at a time. What fails is reported after the rest is gone. */
export async function deleteListed(
  calls: DriverCalls,
  listing: ObjectListing,
  prefix: string,
  { signal }: Cancellable,
): Promise<number> {
  let deleted = 0
  let failed: { readonly key: string; readonly error: unknown } | undefined
  for await (const page of listing.pages()) {
    const keys = page.objects.map((object) => object.key)
    if (keys.length === 0) continue
    const subject = { operation: 'delete-many', key: prefix, signal }
    const failures = await calls.run(subject, (driver) => driver.deleteMany(calls.bucket, keys, { signal }))
    deleted += keys.length - failures.length
    failed ??= failures[0]
  }
  if (failed) throw calls.wrap({ operation: 'delete', key: failed.key, signal }, failed.error)
  return deleted
}
