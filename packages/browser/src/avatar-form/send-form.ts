import { SERVED_BY, type Served, type Uploaded } from './avatar-routes.js'
import { ProblemError, problemOf } from './problem.js'

export interface SendOptions {
  readonly signal: AbortSignal
  /** Bytes sent so far, of all. */
  readonly onProgress: (sent: number, total: number) => void
}

/**
 * Sends a file as a form to whichever server answers. XMLHttpRequest, because `fetch` does not tell how far it is.
 *
 * @throws ProblemError, or the signal's reason
 */
export function sendForm(file: File, endpoint: string, { signal, onProgress }: SendOptions): Promise<Served<Uploaded>> {
  signal.throwIfAborted()
  return new Promise((resolve, reject) => {
    const xhr = new XMLHttpRequest()
    const cancel = () => xhr.abort()
    signal.addEventListener('abort', cancel, { once: true })
    xhr.upload.onprogress = ({ loaded, total }) => onProgress(loaded, total)
    xhr.onload = () => {
      if (xhr.status === 201) {
        resolve({ value: JSON.parse(xhr.responseText), server: xhr.getResponseHeader(SERVED_BY) ?? '' })
      } else {
        reject(new ProblemError(problemOf(xhr.status, xhr.responseText)))
      }
    }
    xhr.onerror = () => reject(new ProblemError({ code: 'offline' }))
    xhr.onabort = () => reject(signal.reason)
    xhr.onloadend = () => signal.removeEventListener('abort', cancel)
    const form = new FormData()
    form.set('file', file)
    xhr.open('POST', endpoint)
    xhr.setRequestHeader('accept', 'application/json')
    xhr.send(form)
  })
}
