import type { Bucket } from '../buckets/buckets.js'
import type { Remedies } from './remedies.js'

/** What is looked at, and with what. */
export interface Patient {
  readonly bucket: Bucket
  /** Of the pages that upload straight to the bucket. */
  readonly origins: readonly string[]
  readonly fetch: typeof fetch
  readonly signal: AbortSignal
  /** Where the public reads it, if anybody said so. */
  readonly publicUrl: string | undefined
  readonly remedies: Remedies
}

/** The address of an object. Undefined where the driver has none. */
export function addressOf(make: () => string): string | undefined {
  try {
    return make()
  } catch {
    return undefined
  }
}

/** Whether objects have addresses at the service itself. */
export function hasAddresses({ bucket }: Pick<Patient, 'bucket'>): boolean {
  return addressOf(() => bucket.driver.publicUrl({ bucket: bucket.name, key: 'tmp/probe' })) !== undefined
}

const PATIENCE_MILLISECONDS = 15_000

/** What an address answered. */
export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly body: string
}

/** Asks an address as a stranger's browser would. Undefined where it cannot be reached from here. */
export async function ask(
  { fetch, signal }: Pick<Patient, 'fetch' | 'signal'>,
  url: string,
  request: RequestInit = {},
): Promise<Answer | undefined> {
  // Node 20 forgets the time of an `AbortSignal.timeout` that only `AbortSignal.any` knows.
  const ending = new AbortController()
  const timer = setTimeout(() => ending.abort(), PATIENCE_MILLISECONDS)
  const limit = AbortSignal.any([signal, ending.signal])
  try {
    // A redirect is an answer too: followed, it might end at a page that says 200 to everything.
    const answer = await fetch(url, { redirect: 'manual', ...request, signal: limit })
    return { status: answer.status, headers: answer.headers, body: await answer.text() }
  } catch {
    signal.throwIfAborted()
    return undefined
  } finally {
    clearTimeout(timer)
  }
}
