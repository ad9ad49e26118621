// A server that dies when it is told to: right before, or right after, the n-th request of a step to its bucket. It is
// told the bucket, the step and what to hand it; it tells what came of it, and which requests that took.
import { AsyncLocalStorage } from 'node:async_hooks'
import { Readable } from 'node:stream'
import { AvatarCropper, anonymous } from '@bucket-brigade/avatar-cropper'
import { BucketStore, openDriver } from '@bucket-brigade/core'

/**
 * @typedef {import('@bucket-brigade/core').StorageDriver} StorageDriver
 * @typedef {{ readonly when: 'before' | 'after', readonly request: number }} Crash
 * @typedef {{ readonly call: number, readonly url: string, readonly step: string, readonly args: readonly any[], readonly crash?: Crash }} Call
 */

/** Steps that are held right before their crash keep nobody else from getting there. */
const PATIENT = { rendersAtOnce: 1024, maxRenderWaitSeconds: 600 }
const MORE_THAN_ONE_PART = 9 * 1024 ** 2
const SECRETS = ['a secret of thirty-two bytes, or more']
/** Addresses and explanations are made without a request. */
const WITHOUT_REQUEST = new Set(['explain', 'publicUrl', 'signedUrl', 'presignUpload', 'close'])

class Watch {
  /** @type {string[]} */
  requests = []
  /** @param {Crash | undefined} crash */
  constructor(crash) {
    this.crash = crash
  }

  /** @param {'before' | 'after'} when @param {number} request */
  at(when, request) {
    // The kernel ends this process before `kill` returns.
    if (this.crash?.when === when && this.crash.request === request) process.kill(process.pid, 'SIGKILL')
  }
}

/** @type {AsyncLocalStorage<Watch>} Of the step that makes a request. */
const watches = new AsyncLocalStorage()

/** @param {StorageDriver} driver @returns {StorageDriver} */
function watched(driver) {
  return new Proxy(driver, {
    get(target, name) {
      const value = Reflect.get(target, name)
      if (typeof value !== 'function') return value
      if (WITHOUT_REQUEST.has(String(name))) return value.bind(target)
      return async (/** @type {unknown[]} */ ...args) => {
        const watch = watches.getStore() ?? new Watch(undefined)
        const request = watch.requests.push(String(name))
        watch.at('before', request)
        try {
          return await Reflect.apply(value, target, args)
        } finally {
          watch.at('after', request)
        }
      }
    },
  })
}

class Avatars extends BucketStore {
  bucket = 'avatars'
  /** @override */
  publicBaseUrl = '/objects'

  /** @param {StorageDriver} driver */
  constructor(driver) {
    super(driver)
    this.bucket = driver.bucket ?? 'avatars'
  }
}

/** @type {Map<string, Promise<{ cropper: AvatarCropper, store: Avatars }>>} */
const opened = new Map()

/** @param {string} url */
function open(url) {
  const known = opened.get(url)
  if (known) return known
  const driver = openDriver(url, url.startsWith('file:') ? { baseUrl: '/objects', secrets: SECRETS } : {})
  const store = new Avatars(watched(driver))
  const place = AvatarCropper.open({ store, secrets: SECRETS, edges: [64, 32], previewEdge: 48, ...PATIENT }).then(
    (cropper) => ({ cropper, store }),
  )
  opened.set(url, place)
  // Another step tries again.
  place.catch(() => opened.delete(url))
  return place
}

/** @type {Record<string, (at: { cropper: AvatarCropper, store: Avatars }, ...args: any[]) => Promise<unknown>>} */
const steps = {
  /** So that the step itself begins at once. */
  open: async () => undefined,
  upload: ({ cropper }, user, picture) => cropper.upload(user ?? anonymous, Buffer.from(picture, 'base64')),
  uploadStream({ cropper }, user, picture) {
    const bytes = Buffer.from(picture, 'base64')
    return cropper.upload(user, Readable.from([bytes]), { contentLength: bytes.length })
  },
  uploadUnannounced: ({ cropper }, user, picture) =>
    cropper.upload(user, Readable.from([Buffer.from(picture, 'base64')])),
  /** As some cameras write: the picture, and much that belongs to it, behind it. */
  uploadInParts: ({ cropper }, user, picture) =>
    cropper.upload(user, Readable.from([Buffer.from(picture, 'base64'), Buffer.alloc(MORE_THAN_ONE_PART)])),
  /** What a browser does with an offer, as far as the bucket sees it. */
  async offerAndSend({ cropper, store }, user, picture) {
    const bytes = Buffer.from(picture, 'base64')
    const { token, relativePath } = await cropper.offerUpload(user, { type: 'image/jpeg', bytes: bytes.length })
    await store.put(relativePath, bytes, { contentType: 'image/jpeg' })
    return { token }
  },
  accept: ({ cropper }, token) => cropper.acceptUpload(token),
  crop: ({ cropper }, token, crop) => cropper.crop(token, crop),
  save: ({ cropper }, token) => cropper.save(token),
  claim: ({ cropper }, token, user) => cropper.claim(token, user),
  select: ({ cropper }, user, id) => cropper.select(user, id),
  remove: ({ cropper }, user, id) => cropper.remove(user, id),
  prune: ({ cropper }, user, keep) => cropper.prune(user, keep),
  forget: ({ cropper }, user) => cropper.forget(user),
}

process.on('message', async (message) => {
  const { call, url, step, args, crash } = /** @type {Call} */ (message)
  const watch = new Watch(crash)
  const outcome = await open(url)
    .then((at) => watches.run(watch, async () => steps[step]?.(at, ...args)))
    .then(
      (result) => ({ result }),
      (error) => ({ error: `${error.code ?? error.name}: ${error.message}` }),
    )
  process.send?.({ ...outcome, call, requests: watch.requests })
})
process.on('disconnect', () => process.exit())
// What its first request needs is loaded before, where that goes to S3: a warm server begins at once.
if (process.env.AWS_ACCESS_KEY_ID !== undefined) await import('@aws-sdk/client-s3')
process.send?.('ready')
