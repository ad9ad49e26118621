import { randomBytes } from 'node:crypto'
import { type CropperContext, removeQuietly } from '../context.js'
import { privateAcl } from '../write-rules.js'

/** What time the service has: the one that it dates objects by. Writes one small object, and removes it. */
export async function readServiceClock(context: CropperContext, signal: AbortSignal | undefined): Promise<Date> {
  const { store } = context
  const key = `tmp/sweep/${randomBytes(16).toString('hex')}`
  await store.put(key, 'what time is it?\n', { contentType: 'text/plain', acl: privateAcl(store), signal })
  try {
    return (await store.head(key, { signal })).lastModified
  } finally {
    await removeQuietly(context, [key])
  }
}
