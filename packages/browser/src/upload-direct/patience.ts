import { DirectUploadError } from './direct-upload-error.js'
import type { UploadSettings } from './upload-options.js'

/** What came of one attempt. What no further attempt would cure is thrown instead. */
export type Outcome<T> =
  | { readonly done: T }
  | { readonly failed: DirectUploadError; readonly retryAfter?: string | null | undefined }

/**
 * Attempts it until it is done, with longer and longer waits between.
 *
 * While the browser says that it is offline, failures do not count: it waits for the network, and also tries now and then,
 * because browsers err.
 */
export async function retrying<T>(
  settings: UploadSettings,
  signal: AbortSignal,
  attempt: () => Promise<Outcome<T>>,
): Promise<T> {
  let failures = 0
  let offlineSince: number | undefined
  for (;;) {
    signal.throwIfAborted()
    const outcome = await attempt()
    if ('done' in outcome) return outcome.done
    const { failed, retryAfter } = outcome
    if (failed.status === 0 && isOffline()) {
      offlineSince ??= Date.now()
      const rest = settings.maxWaitSeconds - (Date.now() - offlineSince) / 1000
      if (rest <= 0) throw new DirectUploadError('offline', offlineFor(settings), { cause: failed })
      await wait(settings, 'offline', Math.min(rest, settings.maxRetrySeconds), signal, 'online')
    } else {
      offlineSince = undefined
      failures += 1
      const seconds = Math.max(backoffSeconds(settings, failures), secondsOf(retryAfter))
      if (failures >= settings.maxAttempts || seconds > settings.maxWaitSeconds) throw failed
      await wait(settings, failed.code, seconds, signal)
    }
  }
}

async function wait(
  { onWait }: UploadSettings,
  code: string,
  seconds: number,
  signal: AbortSignal,
  wakeUp?: 'online',
): Promise<void> {
  onWait?.({ code, seconds })
  await pause(seconds, signal, wakeUp)
  onWait?.(undefined)
}

/** True for answers that may be others the next time. */
export function isPassing(status: number): boolean {
  return status >= 500 || status === 408 || status === 429
}

/** A signal of its own that follows `parent`, and cuts off after `seconds` without `alive()`. Call `release` at the end. */
export function stallWatch(seconds: number, parent: AbortSignal | undefined) {
  const watch = new AbortController()
  const follow = () => watch.abort(parent?.reason)
  const stalled = () => watch.abort(new Error(`no byte moved for ${seconds} seconds`))
  let timer = setTimeout(stalled, seconds * 1000)
  if (parent?.aborted) follow()
  parent?.addEventListener('abort', follow)
  return {
    signal: watch.signal,
    alive() {
      clearTimeout(timer)
      timer = setTimeout(stalled, seconds * 1000)
    },
    release() {
      clearTimeout(timer)
      parent?.removeEventListener('abort', follow)
    },
  }
}

/** Rejects with the reason of its signal. */
export function pause(seconds: number, signal: AbortSignal, wakeUp?: 'online'): Promise<void> {
  return new Promise((resolve, reject) => {
    // Service workers have no such event, and Node has no listeners at all.
    const page: Partial<EventTarget> = globalThis
    const settle = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', settle)
      if (wakeUp) page.removeEventListener?.(wakeUp, settle)
      if (signal.aborted) reject(signal.reason)
      else resolve()
    }
    const timer = setTimeout(settle, seconds * 1000)
    signal.addEventListener('abort', settle)
    if (wakeUp) page.addEventListener?.(wakeUp, settle)
  })
}

function isOffline(): boolean {
  return globalThis.navigator?.onLine === false
}

function offlineFor({ maxWaitSeconds }: UploadSettings): string {
  return `there was no network for ${maxWaitSeconds} seconds; try again when it is back`
}

/** Half of the wait is left to chance, so that pages cut off together do not come back together. */
function backoffSeconds({ firstRetrySeconds, maxRetrySeconds }: UploadSettings, failures: number): number {
  return Math.min(firstRetrySeconds * 2 ** (failures - 1), maxRetrySeconds) * (0.5 + Math.random() / 2)
}

/** `Retry-After` holds seconds or a date. */
export function secondsOf(retryAfter: string | null | undefined): number {
  if (!retryAfter) return 0
  const seconds = /^\s*\d+\s*$/.test(retryAfter) ? Number(retryAfter) : (Date.parse(retryAfter) - Date.now()) / 1000
  return seconds > 0 ? seconds : 0
}
