import { SERVED_BY, type Served, type Uploaded } from './avatar-routes.js'
import { contentOf, ProblemError, problemOf } from './problem.js'

export interface SendOptions {
  readonly headers: Readonly<Record<string, string>>
  readonly signal: AbortSignal
  /** Bytes sent so far, of all. */
  readonly onProgress: (sent: number, total: number) => void
}

/**
 * Sends a file as a form to whichever server answers. XMLHttpRequest, because `fetch` does not tell how far it is.
 *
 * @throws ProblemError, or the signal's reason
 */
export function sendForm(
  file: File,
  endpoint: string,
  { headers, signal, onProgress }: SendOptions,
): Promise<Served<Uploaded>> {
  signal.throwIfAborted()
  return new Promise((resolve, reject) => {
    const xhr = new XMLHttpRequest()
    const cancel = () => xhr.abort()
    signal.addEventListener('abort', cancel, { once: true })
    xhr.upload.onprogress = ({ loaded, total }) => onProgress(loaded, total)
    xhr.onload = () => {
      const { status, responseText } = xhr
      try {
        if (status !== 201)
          throw new ProblemError(problemOf(status, responseText, (name) => xhr.getResponseHeader(name)))
        resolve({ value: contentOf(status, responseText), server: xhr.getResponseHeader(SERVED_BY) ?? '' })
      } catch (error) {
        reject(error)
      }
    }
    xhr.onerror = () => reject(new ProblemError({ code: 'offline' }))
    xhr.onabort = () => reject(signal.reason)
    xhr.onloadend = () => signal.removeEventListener('abort', cancel)
    const form = new FormData()
    form.set('file', file)
    xhr.open('POST', endpoint)
    for (const [name, value] of Object.entries(headers)) xhr.setRequestHeader(name, value)
    xhr.send(form)
  })
}
