import type { Bucket } from '../buckets/buckets.js'
import { shellWord } from '../output/shell-word.js'

/** How the bucket was named, where that was typed and is not in the environment. */
export interface Typed {
  readonly bucketUrl: string | undefined
  readonly prefix: string | undefined
  readonly acl: string | undefined
}

/** Commands that cure, as they are to be pasted: about this bucket, wherever it was named. */
export class Remedies {
  readonly #bucket: Bucket
  readonly #typed: Typed

  constructor(bucket: Bucket, typed: Typed) {
    this.#bucket = bucket
    this.#typed = typed
  }

  /** A verb that takes the bucket's address as its only word: `lifecycle --apply`. */
  brigade(verb: string, ...options: readonly string[]): string {
    const { bucketUrl, prefix, acl } = this.#typed
    const words = [
      ...options,
      ...(prefix === undefined ? [] : ['--prefix', prefix]),
      // Sending lists is a right of its own.
      ...(acl === undefined || verb !== 'policy' ? [] : ['--acl', acl]),
    ]
    return ['brigade', verb, ...[...words, ...(bucketUrl === undefined ? [] : [bucketUrl])].map(shellWord)].join(' ')
  }

  /** Opens what is below `uploads/` to everybody, and closes all else. */
  openUploads(): string {
    return this.#aws('put-bucket-policy', `--policy "$(${this.brigade('policy', '--public')})"`)
  }

  /** Takes away whatever the bucket's policy opens. */
  dropPolicy(): string {
    return this.#aws('delete-bucket-policy')
  }

  /** Closes the bucket's own list. */
  closeList(): string {
    return this.#aws('put-bucket-acl', '--acl private')
  }

  #aws(call: string, ...options: readonly string[]): string {
    const { name, endpoint, region } = this.#bucket
    const service = [
      ...(endpoint === undefined ? [] : ['--endpoint-url', shellWord(endpoint)]),
      ...(region === undefined ? [] : ['--region', shellWord(region)]),
    ]
    return ['aws', ...service, 's3api', call, '--bucket', shellWord(name), ...options].join(' ')
  }
}
