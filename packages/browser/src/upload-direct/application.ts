import { DirectUploadError } from './direct-upload-error.js'
import { isPassing, type Outcome, retrying, stallWatch } from './patience.js'
import type { UploadSettings } from './upload-options.js'

/** The application's answer, and by how much its clock is ahead of the page's. */
export interface ApplicationAnswer {
  readonly value: unknown
  readonly aheadMs: number
}

/** The steps of the protocol below the endpoint: JSON in, JSON out, refusals as problem details. */
export class Application {
  readonly #settings: UploadSettings
  readonly #signal: AbortSignal

  constructor(settings: UploadSettings, signal: AbortSignal) {
    this.#settings = settings
    this.#signal = signal
  }

  /**
   * Takes one step, in as many attempts as it needs.
   *
   * @throws DirectUploadError with the server's `code`, or `offline`, `unreachable`, `unexpected-answer`
   */
  step(path: string, body: unknown): Promise<ApplicationAnswer> {
    return retrying(this.#settings, this.#signal, () => this.#attempt(path, body, this.#signal))
  }

  /** Creates a session. No abort cuts the request off: its answer names what has to be removed again. */
  begin(body: unknown): Promise<ApplicationAnswer> {
    return retrying(this.#settings, this.#signal, () => this.#attempt('', body, undefined))
  }

  /** Has removed what has arrived. Nobody waits for it, and it may outlive the page. */
  abort(token: string): void {
    fetch(`${this.#settings.endpoint}/abort`, { ...this.#request({ token }), keepalive: true }).catch(() => {
      // A lifecycle rule of the bucket removes it later.
    })
  }

  #request(body: unknown) {
    const headers = { accept: 'application/json', 'content-type': 'application/json', ...this.#settings.headers }
    return { method: 'POST', headers, body: JSON.stringify(body) }
  }

  async #attempt(path: string, body: unknown, cut: AbortSignal | undefined): Promise<Outcome<ApplicationAnswer>> {
    const watch = stallWatch(this.#settings.stallSeconds, cut)
    try {
      const response = await fetch(this.#settings.endpoint + path, { ...this.#request(body), signal: watch.signal })
      const value = parseJson(await response.text())
      if (response.ok && value !== undefined) return { done: { value, aheadMs: aheadMs(response) } }
      const refusal = refusalOf(response, value)
      if (!isPassing(response.status)) throw refusal
      return { failed: refusal, retryAfter: response.headers.get('retry-after') }
    } catch (cause) {
      if (cause instanceof DirectUploadError) throw cause
      cut?.throwIfAborted()
      return { failed: new DirectUploadError('unreachable', 'the application did not answer', { cause }) }
    } finally {
      watch.release()
    }
  }
}

function refusalOf({ status, ok, headers }: Response, value: unknown): DirectUploadError {
  const { code, detail, title, reason, requestId = headers.get('x-request-id') } = members(value)
  if (ok || typeof code !== 'string') {
    return unexpected(
      `expected JSON of the direct upload protocol, received status ${status} and something else`,
      status,
    )
  }
  const message = [detail, title, code].find((text) => typeof text === 'string' && text !== '')
  return new DirectUploadError(code, String(message), {
    status,
    requestId: textOf(requestId),
    title: textOf(title),
    language: headers.get('content-language') ?? undefined,
    reason: textOf(reason),
  })
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

/** An answer that does not belong to the protocol. */
export function unexpected(message: string, status = 200): DirectUploadError {
  return new DirectUploadError('unexpected-answer', `${message}; check the endpoint`, { status })
}

/** The members of a JSON object; none of anything else. */
export function members(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Clocks of people's machines are wrong by hours; what expires is reckoned by the server's. */
function aheadMs(response: Response): number {
  const ahead = Date.parse(response.headers.get('date') ?? '') - Date.now()
  return Number.isNaN(ahead) ? 0 : ahead
}
