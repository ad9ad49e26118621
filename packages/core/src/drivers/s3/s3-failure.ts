/** What an error of the SDK, of the service or of the network says about itself. */
export interface S3Failure {
  /** Code of the service (`NoSuchKey`), name of the SDK's error, or code of the system (`ECONNRESET`). */
  readonly name: string
  readonly message: string
  /** HTTP status. Absent where no answer came. */
  readonly status: number | undefined
  /** Media type of the answer. */
  readonly contentType: string | undefined
  /** Region of the bucket, where the service says that it is another one. */
  readonly region: string | undefined
}

/** Reads an error by its shape: several copies of the SDK may be loaded, and a caller's own client throws its own. */
export function readFailure(error: unknown): S3Failure {
  const status = numberAt(error, '$metadata', 'httpStatusCode')
  const code = textAt(error, 'code')
  const name = textAt(error, 'name')
  return {
    name: (status === undefined ? code : undefined) ?? textAt(error, 'Code') ?? name ?? 'unknown',
    message: textAt(error, 'message') ?? String(error),
    status,
    contentType: textAt(error, '$response', 'headers', 'content-type'),
    region: textAt(error, 'Region') ?? textAt(error, '$response', 'headers', 'x-amz-bucket-region'),
  }
}

function valueAt(error: unknown, path: readonly string[]): unknown {
  let value = error
  for (const name of path) {
    if (typeof value !== 'object' || value === null) return undefined
    value = Reflect.get(value, name)
  }
  return value
}

function textAt(error: unknown, ...path: string[]): string | undefined {
  const value = valueAt(error, path)
  return typeof value === 'string' && value !== '' ? value : undefined
}

function numberAt(error: unknown, ...path: string[]): number | undefined {
  const value = valueAt(error, path)
  return typeof value === 'number' ? value : undefined
}
