import type { ObjectLocation, StorageDriver } from '../contract/driver.js'
import { joinKey } from '../keys/object-key.js'

/**
 * A driver around a driver: everything happens below `prefix`, and nothing outside it can be reached.
 *
 * @param prefix Parsed; ends in `/`.
 */
export function prefixDriver(inner: StorageDriver, prefix: string): StorageDriver {
  const below = (at: ObjectLocation): ObjectLocation => ({ bucket: at.bucket, key: joinKey(prefix, at.key) })
  const strip = (key: string): string => key.slice(prefix.length)
  const stripKey = <T extends { readonly key: string }>(item: T): T => ({ ...item, key: strip(item.key) })
  return {
    name: inner.name,
    bucket: inner.bucket,
    get learned() {
      return inner.learned
    },
    get: async (at, options) => stripKey(await inner.get(below(at), options)),
    head: async (at, options) => stripKey(await inner.head(below(at), options)),
    put: async (at, body, options) => inner.put(below(at), body, options),
    copy: async (from, to, options) => inner.copy(below(from), below(to), options),
    delete: async (at, options) => inner.delete(below(at), options),
    deleteMany: async (bucket, keys, options) => {
      const failures = await inner.deleteMany(
        bucket,
        keys.map((key) => prefix + key),
        options,
      )
      return failures.map(stripKey)
    },
    list: async (bucket, listed, options) => {
      const startAfter = options.startAfter === undefined ? undefined : prefix + options.startAfter
      const page = await inner.list(bucket, prefix + listed, { ...options, startAfter })
      return { objects: page.objects.map(stripKey), prefixes: page.prefixes.map(strip), cursor: page.cursor }
    },
    createMultipart: async (at, options) => inner.createMultipart(below(at), options),
    uploadPart: async (at, ...rest) => inner.uploadPart(below(at), ...rest),
    completeMultipart: async (at, ...rest) => inner.completeMultipart(below(at), ...rest),
    abortMultipart: async (at, ...rest) => inner.abortMultipart(below(at), ...rest),
    listParts: async (at, ...rest) => inner.listParts(below(at), ...rest),
    listMultipart: async (bucket, listed, options) =>
      (await inner.listMultipart(bucket, prefix + listed, options)).map(stripKey),
    publicUrl: (at) => inner.publicUrl(below(at)),
    signedUrl: async (at, options) => inner.signedUrl(below(at), options),
    presignUpload: async (at, options) => inner.presignUpload(below(at), options),
    explain: (error) => inner.explain(error),
    close: () => inner.close(),
  }
}
