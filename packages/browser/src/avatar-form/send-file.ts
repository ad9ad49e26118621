import { uploadDirect } from '../upload-direct/upload-direct.js'
import type { AvatarRoutes, Served, Uploaded } from './avatar-routes.js'
import type { BusyServers } from './busy-servers.js'
import { type SendOptions, sendForm } from './send-form.js'

export interface Way extends Omit<SendOptions, 'headers'> {
  readonly routes: Pick<AvatarRoutes, 'endpoint' | 'headers'>
  /** Through the application, or straight to the bucket. */
  readonly upload: 'form' | 'direct'
  readonly servers: BusyServers
}

/**
 * Sends a picture, and waits where nobody has room for it.
 *
 * @throws ProblemError, DirectUploadError, or the signal's reason
 */
export async function sendFile(
  file: File,
  { routes, upload, servers, signal, onProgress }: Way,
): Promise<Served<Uploaded>> {
  const { endpoint, headers } = routes
  if (upload === 'form') return servers.ask(signal, () => sendForm(file, endpoint, { headers, signal, onProgress }))
  const value = await uploadDirect<Uploaded>(file, {
    endpoint: `${endpoint}/direct`,
    headers,
    signal,
    onWait: (wait) => {
      if (!signal.aborted) servers.tell(wait && { code: wait.code, retryAfterSeconds: wait.seconds })
    },
    onProgress: ({ sentBytes, totalBytes }) => onProgress(sentBytes, totalBytes),
  })
  // The bucket received it; which server looked at it afterwards is not told.
  return { value, server: '' }
}
