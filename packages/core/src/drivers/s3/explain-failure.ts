import type { Explanation } from '../../contract/driver.js'
import type { StoreErrorCode } from '../../errors.js'
import { readFailure, type S3Failure } from './s3-failure.js'

type Row = readonly [code: StoreErrorCode, message: string]

const ACL_REFUSED: Row = [
  'acl-unsupported',
  'the bucket does not take access control lists: leave `acl` unset, and open what is public by a bucket policy',
]
const NO_OBJECT: Row = ['not-found', 'there is no such object']
const NO_UPLOAD: Row = ['not-found', 'there is no such multipart upload: it was completed or aborted']
const NO_BUCKET: Row = ['bucket-not-found', 'there is no such bucket: create it, or correct its name or the endpoint']
const DENIED: Row = [
  'permission-denied',
  'the service refuses this to these credentials: grant the right in the policy of the user, role or bucket ' +
    '(without s3:ListBucket a missing object reads as denied, too)',
]
const NO_CREDENTIALS: Row = [
  'permission-denied',
  'no usable credentials were found: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, a profile or a role, or hand in `credentials`',
]
const EXPIRED: Row = ['permission-denied', 'the temporary credentials have expired: fetch new ones']
const BAD_DIGEST: Row = ['integrity', 'the body does not have the digest that was announced; nothing was stored']
const SHORT_BODY: Row = ['integrity', 'the body ended before its announced length; nothing was stored']
const BUSY: Row = ['unavailable', 'the service asks to slow down: try again later, with fewer requests at a time']
const UNREACHABLE: Row = ['unavailable', 'the service cannot be reached: check the endpoint, the network and the proxy']
const CUT: Row = [
  'unavailable',
  'the connection broke before the answer was complete: try again; if it breaks each time, check the endpoint, as whether it wants https://',
]
/** Of an answer that S3 never gives: a page that is shown instead of the service. */
export const NO_S3: Row = [
  'unavailable',
  'what answers there is no S3 service: check the endpoint, and what stands in between, as a proxy or the sign-in of a network',
]
const TIMEOUT: Row = [
  'unavailable',
  'the service did not answer in time: try again, or raise connectTimeoutInSeconds or stallTimeoutInSeconds',
]
const CERTIFICATE: Row = [
  'unavailable',
  "the service's TLS certificate is not trusted: add its authority with NODE_EXTRA_CA_CERTS",
]
const NO_TLS: Row = ['unavailable', 'what answers there does not speak TLS: correct the endpoint, as to http://']
const CONFLICT: Row = ['unavailable', 'other writes of this key were under way all the time: try again']
const NO_REGION: Row = ['invalid-argument', 'no region is known: set `region`, or AWS_REGION']

/** What the SDK calls an answer that names no code. */
const CODELESS = /^(?:\d{3}|Unknown(?:Error)?)$/

const NO_REASON: Row = [
  'unknown',
  'the service refused the request and, as to every HEAD, gave no reason: expired credentials and a wrong region are the usual ones',
]

const BY_NAME: Readonly<Record<string, Row>> = {
  AccessControlListNotSupported: ACL_REFUSED,
  NoSuchKey: NO_OBJECT,
  NoSuchUpload: NO_UPLOAD,
  NoSuchBucket: NO_BUCKET,
  AccessDenied: DENIED,
  AllAccessDisabled: DENIED,
  AccountProblem: DENIED,
  InvalidAccessKeyId: ['permission-denied', 'the service does not know this access key: correct AWS_ACCESS_KEY_ID'],
  SignatureDoesNotMatch: [
    'permission-denied',
    'the signature does not match: correct AWS_SECRET_ACCESS_KEY, or keep proxies from changing requests',
  ],
  RequestTimeTooSkewed: ['permission-denied', "this machine's clock differs from the service's: set it by NTP"],
  ExpiredToken: EXPIRED,
  ExpiredTokenException: EXPIRED,
  TokenRefreshRequired: EXPIRED,
  InvalidToken: EXPIRED,
  CredentialsProviderError: NO_CREDENTIALS,
  BadDigest: BAD_DIGEST,
  InvalidDigest: BAD_DIGEST,
  XAmzContentSHA256Mismatch: BAD_DIGEST,
  XAmzContentChecksumMismatch: BAD_DIGEST,
  IncompleteBody: SHORT_BODY,
  SlowDown: BUSY,
  TooManyRequests: BUSY,
  TooManyRequestsException: BUSY,
  RequestLimitExceeded: BUSY,
  ThrottlingException: BUSY,
  ServiceUnavailable: BUSY,
  RequestTimeout: TIMEOUT,
  TimeoutError: TIMEOUT,
  ETIMEDOUT: TIMEOUT,
  ECONNREFUSED: UNREACHABLE,
  ENOTFOUND: UNREACHABLE,
  EAI_AGAIN: UNREACHABLE,
  EHOSTUNREACH: UNREACHABLE,
  ENETUNREACH: UNREACHABLE,
  ECONNRESET: CUT,
  ECONNABORTED: CUT,
  EPIPE: CUT,
  ConditionalRequestConflict: CONFLICT,
  OperationAborted: CONFLICT,
  PreconditionFailed: ['precondition-failed', 'the object is no longer the version that was asked for'],
  NotModified: ['precondition-failed', 'the object is still the version that was not wanted'],
  KeyTooLongError: ['invalid-key', 'the key is too long for this service'],
  XMinioInvalidObjectName: ['invalid-key', 'this service does not take such a key'],
  InvalidBucketName: ['invalid-argument', "the bucket's name has characters or a length that S3 does not allow"],
  InvalidPart: ['invalid-argument', 'one of the parts was never uploaded, or has another ETag by now'],
  InvalidPartOrder: ['invalid-argument', 'the parts are not in the order of their numbers'],
  EntityTooSmall: ['invalid-argument', 'every part but the last needs at least 5 MiB'],
  EntityTooLarge: ['invalid-argument', 'the body is larger than this service takes in one request'],
  MetadataTooLarge: ['invalid-argument', 'the metadata is larger than this service takes (2 KB on most)'],
  InvalidRange: ['invalid-argument', "the range starts past the object's end"],
  NotImplemented: ['unsupported', 'this service does not offer what was asked for'],
  MethodNotAllowed: ['unsupported', 'this service does not offer what was asked for'],
}

const BY_STATUS: Readonly<Record<number, Row>> = {
  304: ['precondition-failed', 'the object is still the version that was not wanted'],
  403: DENIED,
  404: NO_OBJECT,
  408: TIMEOUT,
  409: CONFLICT,
  411: ['unsupported', 'this service wants a body whose length is announced'],
  412: ['precondition-failed', 'the object is no longer the version that was asked for'],
  413: ['invalid-argument', 'the body is larger than this service, or a proxy before it, takes'],
  416: ['invalid-argument', "the range starts past the object's end"],
  429: BUSY,
  501: ['unsupported', 'this service does not offer what was asked for'],
  503: BUSY,
  504: TIMEOUT,
}

/** The cause of what the SDK threw, with its cure. */
export function explainFailure(error: unknown): Explanation {
  const failure = readFailure(error)
  const [code, message] = rowOf(failure)
  return { code, message: failure.status === undefined ? message : `${message} (HTTP ${failure.status})` }
}

function rowOf(failure: S3Failure): Row {
  const { name, message, status } = failure
  if (isWebPage(failure)) return NO_S3
  if (isElsewhere(failure)) return elsewhere(failure)
  if (status !== undefined && status < 500 && /\bacls?\b|access control list|x-amz-acl/i.test(message))
    return ACL_REFUSED
  if (status === 501 && /x-amz-acl/i.test(message)) return ACL_REFUSED
  if (name === 'Error' && /^Region is missing/.test(message)) return NO_REGION
  if (/CERT|SELF_SIGNED|UNABLE_TO_VERIFY/.test(name)) return CERTIFICATE
  if (/^(?:EPROTO$|ERR_SSL_)/.test(name)) return NO_TLS
  if (/socket hang up|aborted/.test(message) && status === undefined) return CUT
  if (status === 400 && (CODELESS.test(name) || name === 'BadRequest')) return NO_REASON
  const row = BY_NAME[name] ?? (status === undefined ? undefined : BY_STATUS[status])
  if (row) return row
  if (status !== undefined && status >= 500) return ['unavailable', `the service failed with ${name}: try again`]
  return ['unknown', `the service or its SDK said ${name}: ${withoutSecrets(message)}`]
}

/** What gateways say themselves, in a page of theirs, though a service is behind them. */
const OF_GATEWAYS = [408, 411, 413, 429]

/** What S3 refuses is XML. Gateways say in pages, too, that a service is down. */
function isWebPage({ name, message, status, contentType = '' }: S3Failure): boolean {
  if (status === undefined || status < 300 || status >= 500 || status === 304) return false
  if (OF_GATEWAYS.includes(status)) return false
  if (!CODELESS.test(name) && !/XML parse error/.test(message)) return false
  return /^text\/html\b/i.test(contentType) || status === 302 || status === 303
}

function isElsewhere({ name, status, region }: S3Failure): boolean {
  if (name === 'PermanentRedirect' || name === 'IllegalLocationConstraintException') return true
  return (name === 'AuthorizationHeaderMalformed' && region !== undefined) || status === 301 || status === 307
}

function elsewhere({ region }: S3Failure): Row {
  const cure = region === undefined ? 'set `region` to its region' : `set \`region\` to ${region}`
  return ['invalid-argument', `the bucket is in another region: ${cure}`]
}

/** An unforeseen message is shown, but nothing in it that could sign a request. */
function withoutSecrets(message: string): string {
  const masked = message
    .replace(/((?:X-Amz-)?(?:Signature|Credential|Security-Token|AWSAccessKeyId)=)[^&\s"']+/gi, '$1…')
    .replace(/\b(?:AKIA|ASIA)[A-Z0-9]{12,}\b/g, '…')
  return masked.length > 300 ? `${masked.slice(0, 300)}…` : masked
}
