import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import type { DriverBody, StorageDriver } from '@bucket-brigade/core'
import { pointerKey } from '../../src/index.js'
import type { Pointer } from '../../src/pointer/pointer.js'
import { decodePointer } from '../../src/pointer/pointer-codec.js'
import { around } from '../faults.js'
import { USER } from './scenes.js'

// Each breaks one of the promises on which avatars rest, and does the rest as it should.

const POINTER = pointerKey(USER)

/** Two that read the same version both replace it. */
export function ignoringConditions(driver: StorageDriver): StorageDriver {
  return around(driver, {
    put: (at, body, options) => driver.put(at, body, { ...options, mode: 'overwrite' }),
  })
}

/** Nobody learns that an avatar was removed, whose save is on its way. */
export function forgettingRemovals(driver: StorageDriver): StorageDriver {
  return around(driver, {
    get: async (at, options) => {
      const found = await driver.get(at, options)
      if (at.key !== POINTER) return found
      const pointer = decodePointer(await text(found.body), POINTER)
      return { ...found, body: Readable.from([Buffer.from(JSON.stringify({ ...pointer, removed: [] }))]) }
    },
  })
}

/** What is taken away is deleted while it is still shown. */
export function deletingFirst(driver: StorageDriver): StorageDriver {
  return around(driver, {
    put: async (at, body, options) => {
      if (at.key === POINTER) {
        const keys = pointerOf(body).removed.flatMap((tombstone) => tombstone.keys)
        for (const key of keys) await driver.delete({ ...at, key }, {})
      }
      return driver.put(at, body, options)
    },
  })
}

/** Says that pictures are stored which are not. */
export function losingPictures(driver: StorageDriver): StorageDriver {
  return around(driver, {
    put: async (at, body, options) =>
      at.key.startsWith('uploads/') ? { etag: '"lost"' } : driver.put(at, body, options),
  })
}

function pointerOf(body: DriverBody): Pointer {
  if (body.kind === 'bytes') return decodePointer(Buffer.from(body.bytes).toString(), POINTER)
  throw new TypeError('expected a pointer to be written in one piece')
}
