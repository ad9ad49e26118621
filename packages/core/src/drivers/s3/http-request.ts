/** A request in the SDK's middleware, before it is signed. */
export interface HttpRequest {
  readonly headers: Record<string, string>
  readonly body: string | Uint8Array
}

export function isHttpRequest(request: unknown): request is HttpRequest {
  return typeof request === 'object' && request !== null && 'headers' in request && 'body' in request
}
