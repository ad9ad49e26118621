import type { DriverBody, DriverPutOptions, ObjectLocation, StorageDriver } from '@bucket-brigade/core'
import { DriverError } from '@bucket-brigade/core'

/** Every call that reached a driver, as `put tmp/…`. */
export interface CallLog {
  readonly calls: string[]
}

/** A driver around a driver, with some of its methods replaced. */
export function around(inner: StorageDriver, replaced: Partial<StorageDriver>): StorageDriver {
  return new Proxy(inner, {
    get(target, name) {
      const own = Reflect.get(replaced, name)
      if (own !== undefined) return own
      const value: unknown = Reflect.get(target, name)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}

const WITHOUT_REQUEST = new Set<string | symbol>(['explain', 'publicUrl', 'signedUrl', 'presignUpload'])

/** Notes every request that a driver would make. Addresses are made without one. */
export function counting(inner: StorageDriver): StorageDriver & CallLog {
  const calls: string[] = []
  const logged = new Proxy(inner, {
    get(target, name) {
      if (name === 'calls') return calls
      const value: unknown = Reflect.get(target, name)
      if (typeof value !== 'function' || WITHOUT_REQUEST.has(name)) return value
      return (...args: unknown[]) => {
        const [at] = args
        const key = typeof at === 'object' && at !== null && 'key' in at ? String(at.key) : String(args[1])
        calls.push(`${String(name)} ${key}`)
        return Reflect.apply(value, target, args)
      }
    },
  })
  return logged as StorageDriver & CallLog
}

type Put = StorageDriver['put']

/** Replaces `put` for keys that match; `put` itself is handed in. */
export function onPut(
  inner: StorageDriver,
  pattern: RegExp,
  replacement: (put: Put, at: ObjectLocation, body: DriverBody, options: DriverPutOptions) => ReturnType<Put>,
): StorageDriver {
  const put: Put = (at, body, options) => inner.put(at, body, options)
  return around(inner, {
    put: (at, body, options) => (pattern.test(at.key) ? replacement(put, at, body, options) : put(at, body, options)),
  })
}

export function lostReply(): DriverError {
  return new DriverError('outcome-unknown', 'the connection was lost before the reply')
}
