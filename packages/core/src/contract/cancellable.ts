/** What every call takes that makes a request. An abort rejects with the reason of the signal. */
export interface Cancellable {
  readonly signal?: AbortSignal | undefined
}
