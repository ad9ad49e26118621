import { headers, ProblemError, parseAnswer, problemOf, type Served, type Uploaded } from './api.js'

export interface UploadOptions {
  readonly signal: AbortSignal
  /** Bytes sent so far, of all. */
  readonly onProgress: (sent: number, total: number) => void
}

/**
 * Sends a file to whichever server answers. XMLHttpRequest, because `fetch` does not tell how far it is.
 *
 * @throws ProblemError, or the signal's reason
 */
export function upload(file: File, { signal, onProgress }: UploadOptions): Promise<Served<Uploaded>> {
  signal.throwIfAborted()
  return new Promise((resolve, reject) => {
    const xhr = new XMLHttpRequest()
    const cancel = () => xhr.abort()
    signal.addEventListener('abort', cancel, { once: true })
    xhr.upload.onprogress = ({ loaded, total }) => onProgress(loaded, total)
    xhr.onload = () => {
      if (xhr.status !== 201) {
        reject(new ProblemError(problemOf(xhr.status, xhr.responseText)))
        return
      }
      const server = xhr.getResponseHeader(headers.servedBy) ?? ''
      resolve({ value: parseAnswer<Uploaded>(xhr.responseText), server })
    }
    xhr.onerror = () => reject(new ProblemError({ code: 'offline' }))
    xhr.onabort = () => reject(signal.reason)
    xhr.onloadend = () => signal.removeEventListener('abort', cancel)
    const form = new FormData()
    form.set('file', file)
    xhr.open('POST', '/avatars')
    xhr.setRequestHeader('accept', headers.accept)
    xhr.send(form)
  })
}
