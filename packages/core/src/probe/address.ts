import { StoreError } from '../errors.js'
import type { ProbeSession } from './probe-session.js'
import type { ProbeFinding } from './report.js'

/** For each request, where the caller names no time. */
const PATIENCE_SECONDS = 30

/** Sends a request as anybody could; the body of the answer is dropped. */
export type Send = (
  url: string,
  request?: RequestInit,
) => Promise<{ readonly status: number; readonly headers: Headers }>

/** Tries an address that the store makes, where it can be made, and be reached from here. */
export async function tryAddress<T extends { readonly url: string }, F extends ProbeFinding>(
  session: ProbeSession,
  make: () => Promise<T>,
  cure: string,
  look: (made: T, send: Send) => Promise<F>,
): Promise<F | ProbeFinding> {
  const { fetch, signal, requestTimeoutSeconds } = session.options
  try {
    const made = await make()
    if (!fetch) return { outcome: 'untested', detail: 'it can be made; hand in `fetch` to have it tried' }
    if (!/^https?:/.test(made.url)) return { outcome: 'untested', detail: 'its address is relative to the application' }
    return await look(made, sender(session, fetch))
  } catch (error) {
    signal?.throwIfAborted()
    if (requestTimeoutSeconds !== undefined && isTimeout(error)) throw error
    if (StoreError.is(error)) return { outcome: 'refused', detail: `it cannot be made: ${error.message}`, cure }
    return { outcome: 'untested', detail: `its address cannot be reached from here: ${reasonOf(error)}` }
  }
}

function sender(session: ProbeSession, fetch: typeof globalThis.fetch): Send {
  return async (url, request) => {
    const { requestTimeoutSeconds = PATIENCE_SECONDS } = session.options
    const answer = await fetch(url, { ...request, signal: session.within(requestTimeoutSeconds) })
    await answer.arrayBuffer()
    return answer
  }
}

function isTimeout(error: unknown): boolean {
  return error instanceof Error && error.name === 'TimeoutError'
}

/** The address is signed, so no more of the error is shown than its code. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined
  if (typeof cause === 'object' && cause !== null && 'code' in cause) return String(cause.code)
  return error instanceof Error ? error.name : 'unknown'
}
