import type { DriverBody, DriverPutOptions, ObjectLocation, StorageDriver } from '../src/contract/driver.js'
import { DriverError } from '../src/errors.js'
import { MAX_KEY_BYTES } from '../src/keys/object-key.js'
import { prefixDriver } from '../src/wrappers/prefix-driver.js'

/**
 * A driver around a driver whose objects all begin with a slash, as if the AWS SDK for PHP v3 had put them. Everything
 * but `put` is done by `store`, which knows both spellings.
 */
export function oldWriter(inner: StorageDriver, store: StorageDriver): StorageDriver {
  const slashed = prefixDriver(inner, '/')
  const put = async (at: ObjectLocation, body: DriverBody, options: DriverPutOptions) => {
    if (Buffer.byteLength(at.key) === MAX_KEY_BYTES) return store.put(at, body, options)
    const isNew = await inner.head(at, {}).then(
      () => true,
      (error: unknown) => {
        if (error instanceof DriverError && error.code === 'not-found') return false
        throw error
      },
    )
    return (isNew ? store : slashed).put(at, body, options)
  }
  return new Proxy(store, {
    get: (target, name) => {
      if (name === 'put') return put
      const value: unknown = Reflect.get(target, name)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}
