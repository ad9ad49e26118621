import type { Cancellable } from '../contract/driver.js'

/**
 * What a service made of a request: did as asked, took it and did otherwise, refused it; nothing of that kind is set up;
 * or nobody could see.
 */
export type ProbeOutcome = 'honoured' | 'ignored' | 'refused' | 'absent' | 'untested'

/** One thing that was tried. */
export interface ProbeFinding {
  readonly outcome: ProbeOutcome
  /** What was seen. */
  readonly detail: string
  /** What to do about it, where there is something to do. */
  readonly cure?: string | undefined
}

/** What became of `If-Match`. */
export interface IfMatchFinding extends ProbeFinding {
  /** The form of an ETag that this service wants in `If-Match`, where the driver had to find it out. */
  readonly etagForm?: 'quoted' | 'unquoted' | undefined
}

/** What became of an upload by somebody who has nothing but its address. */
export interface UploadFinding extends ProbeFinding {
  /** Whether the answer to an upload that was taken brought the object's ETag: some clients wait for it. */
  readonly etag?: 'sent' | 'missing' | undefined
}

/** What the service's clock shows. */
export interface ClockFinding extends ProbeFinding {
  /** How far the service's clock is ahead of this machine's, in seconds; negative where it is behind. */
  readonly skewInSeconds: number
}

/** What the service makes of conditions, and what the probe left behind. */
export interface ConditionalWriteReport {
  /** `mode: 'create'` never replaces an object. */
  readonly createIfAbsent: ProbeFinding
  /** `mode: { ifMatch }` replaces exactly that version. */
  readonly ifMatch: IfMatchFinding
  /** Removing what the probe wrote. */
  readonly delete: ProbeFinding
  /** Keys that could not be removed. A lifecycle rule for `tmp/` removes them. */
  readonly leftovers: readonly string[]
}

/** How strangers may upload, and what the probe left behind. */
export interface DirectUploadReport extends Pick<ConditionalWriteReport, 'delete' | 'leftovers'> {
  /** A form that pins key, type and size range. */
  readonly presignedPost: UploadFinding
  /** A PUT that pins key, type and exact size. */
  readonly presignedPut: UploadFinding
}

/** Everything that the probe found out. */
export interface ProbeReport extends ConditionalWriteReport, DirectUploadReport {
  /** `delete` with `ifMatch` removes exactly that version. */
  readonly conditionalDelete: ProbeFinding
  /** The mode of an upload in parts holds when it completes. */
  readonly conditionalMultipart: ProbeFinding
  /** The store's own `acl`, or `private` where it has none. */
  readonly acl: ProbeFinding
  /** Pages of `origin` may upload straight to the bucket. */
  readonly cors: ProbeFinding
  /** What lies below `tmp/` goes away by itself. */
  readonly lifecycle: ProbeFinding
  /** Listings show every object at once, in the order of their keys' UTF-8 bytes. */
  readonly listOrder: ProbeFinding
  /** The service's clock and this machine's agree. */
  readonly clock: ClockFinding
}

/** What the probe may use. */
export interface ProbeOptions extends Cancellable {
  /**
   * How long each request may take, in seconds, above 0 and at most 3600: a service that is slow is another thing than one that is
   * silent. Default: no limit, but 30 for an address.
   */
  readonly requestTimeoutSeconds?: number | undefined
  /** Tries addresses as a browser would. Default: they are only made, and reported as `untested`. */
  readonly fetch?: typeof fetch | undefined
  /** Origin of the pages that upload straight to the bucket: `https://www.example.com`. Default: CORS is `untested`. */
  readonly origin?: string | undefined
}
