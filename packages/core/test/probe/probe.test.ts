import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import type { Acl, StorageDriver } from '../../src/contract/driver.js'
import { DiskDriver } from '../../src/drivers/disk/index.js'
import { MemoryDriver } from '../../src/drivers/memory/index.js'
import { DriverError } from '../../src/errors.js'
import { probeCapabilities, probeConditionalWrites } from '../../src/probe/probe.js'
import { BucketStore } from '../../src/store/bucket-store.js'
import { temporaryFolder } from '../drivers/disk/disk-fixture.js'

class Avatars extends BucketStore {
  readonly bucket = 'avatars'
}

/** A service that is like memory but for some methods. */
function memoryBut(changes: (memory: MemoryDriver) => Partial<StorageDriver>): Avatars {
  const memory = new MemoryDriver()
  const changed = changes(memory)
  const driver = new Proxy<StorageDriver>(memory, {
    get: (target, name) => {
      const value: unknown = Reflect.get(name in changed ? changed : target, name)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
  return new Avatars(driver)
}

describe('the probe', () => {
  it('says what a good service does, and leaves nothing behind', async () => {
    const avatars = new Avatars(new MemoryDriver())
    const report = await probeCapabilities(avatars)
    expect(report.createIfAbsent.outcome).toBe('honoured')
    expect(report.ifMatch.outcome).toBe('honoured')
    expect(report.delete.outcome).toBe('honoured')
    expect(report.leftovers).toEqual([])
    expect(await avatars.list().toArray()).toEqual([])
  })

  it.each([
    ['memory', async () => new MemoryDriver()],
    ['disk', async () => new DiskDriver({ directory: await temporaryFolder() })],
  ])('knows what %s does', async (_name, open) => {
    const avatars = new Avatars(await open())
    const report = await probeCapabilities(avatars, { fetch, origin: 'https://www.example.com' })
    const { delete: removal, leftovers, ...findings } = report
    const outcomes = Object.entries(findings).map(([name, { outcome }]) => [name, outcome])
    expect(Object.fromEntries(outcomes)).toEqual({
      ...{ createIfAbsent: 'honoured', ifMatch: 'honoured', conditionalDelete: 'honoured' },
      ...{ conditionalMultipart: 'honoured', listOrder: 'honoured', clock: 'honoured' },
      ...{ presignedPost: 'refused', presignedPut: 'refused', cors: 'refused' },
      ...{ acl: 'untested', lifecycle: 'absent' },
    })
    expect([removal.outcome, leftovers]).toEqual(['honoured', []])
    expect(await avatars.list().toArray()).toEqual([])
    expect(await avatars.unfinishedUploads()).toEqual([])
  })

  it('says which uploads the store cannot presign, and why', async () => {
    const { presignedPost, presignedPut } = await probeCapabilities(new Avatars(new MemoryDriver()))
    expect([presignedPost.outcome, presignedPut.outcome]).toEqual(['refused', 'refused'])
    expect(presignedPost.detail).toContain('use the disk driver')
  })

  it('finds a service that takes conditions and overwrites all the same', async () => {
    const careless = memoryBut((memory) => ({
      put: (at, body, options) => memory.put(at, body, { ...options, mode: 'overwrite' }),
    }))
    const report = await probeConditionalWrites(careless)
    expect(report.createIfAbsent).toMatchObject({ outcome: 'ignored', cure: expect.stringContaining('If-None-Match') })
    expect(report.ifMatch.outcome).toBe('ignored')
  })

  it('finds a service that writes on If-Match where there is nothing', async () => {
    const lax = memoryBut((memory) => ({
      put: async (at, body, options) => {
        const isThere = await memory.head(at, {}).then(
          () => true,
          () => false,
        )
        return memory.put(at, body, isThere ? options : { ...options, mode: 'overwrite' })
      },
    }))
    const report = await probeConditionalWrites(lax)
    expect(report.createIfAbsent.outcome).toBe('honoured')
    expect(report.ifMatch).toMatchObject({ outcome: 'ignored', detail: 'If-Match wrote where there was no object' })
  })

  it('finds a service that does not offer conditions', async () => {
    const simple = memoryBut((memory) => ({
      put: async (at, body, options) => {
        if (options.mode !== 'overwrite') throw new DriverError('unsupported', 'not implemented')
        return memory.put(at, body, options)
      },
    }))
    const report = await probeConditionalWrites(simple)
    expect([report.createIfAbsent.outcome, report.ifMatch.outcome]).toEqual(['refused', 'refused'])
  })

  it('works without the right to delete, and names what stays', async () => {
    const avatars = memoryBut(() => ({
      delete: async () => {
        throw new DriverError('permission-denied', 'no right')
      },
    }))
    const report = await probeConditionalWrites(avatars)
    expect(report.ifMatch.outcome).toBe('honoured')
    expect(report.delete).toMatchObject({ outcome: 'refused', cure: expect.stringContaining('lifecycle rule') })
    for (const key of (await avatars.list().toArray()).map((object) => object.key)) {
      expect(report.leftovers).toContain(key)
    }
  })

  it('reports that a bucket takes no access control lists', async () => {
    const avatars = memoryBut((memory) => ({
      put: async (at, body, options) => {
        if (options.acl) throw new DriverError('acl-unsupported', 'leave `acl` unset')
        return memory.put(at, body, options)
      },
    }))
    const { acl } = await probeCapabilities(avatars)
    expect(acl).toMatchObject({ outcome: 'refused', detail: expect.stringContaining('acl-unsupported') })
  })

  it('never shows its objects to the public, whatever the store does with its own', async () => {
    const acls: (Acl | undefined)[] = []
    const memory = new MemoryDriver()
    const put = memory.put.bind(memory)
    memory.put = (at, body, options) => {
      acls.push(options.acl)
      return put(at, body, options)
    }
    class Public extends Avatars {
      override readonly acl = 'public-read'
    }
    await probeConditionalWrites(new Public(memory))
    expect(new Set(acls)).toEqual(new Set([undefined]))
  })

  it('fails where not even a plain write works', async () => {
    const closed = memoryBut(() => ({
      put: async () => {
        throw new DriverError('bucket-not-found', 'there is no such bucket')
      },
    }))
    await expect(probeCapabilities(closed)).rejects.toMatchObject({ code: 'bucket-not-found' })
  })

  it('passes an abort on', async () => {
    const reason = new Error('enough')
    await expect(
      probeCapabilities(new Avatars(new MemoryDriver()), { signal: AbortSignal.abort(reason) }),
    ).rejects.toBe(reason)
  })
})

/** Two probes of a service that takes everything and never answers, while memory is collected all the time. */
const PROBE_SILENCE = `
  import { BucketStore, probeConditionalWrites, probeDirectUploads } from '@bucket-brigade/core'
  import { MemoryDriver } from '@bucket-brigade/core/memory'
  const never = (signal) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
  class Silent extends MemoryDriver {
    put = (at, body, { signal }) => never(signal)
    presignUpload = async () => ({ method: 'POST', url: 'https://silent.example/', fields: {}, expiresAt: new Date() })
  }
  class Avatars extends BucketStore { bucket = 'avatars' }
  const avatars = new Avatars(new Silent())
  const collecting = setInterval(gc, 20)
  const fetch = (url, { signal }) => never(signal)
  for (const probe of [probeConditionalWrites, probeDirectUploads]) {
    const { signal } = new AbortController()
    await probe(avatars, { signal, fetch, requestTimeoutSeconds: 0.3 }).catch(({ name }) => console.log(name))
  }
  clearInterval(collecting)`

describe('the time of a request', () => {
  it('ends the probe of a silent service, though nobody else holds its clock', async () => {
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--expose-gc', '--input-type=module', '--eval', PROBE_SILENCE],
      { cwd: import.meta.dirname, timeout: 150_000 },
    )
    expect(stdout).toBe('TimeoutError\nTimeoutError\n')
  })

  it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY, 3601])('is not %d s', async (requestTimeoutSeconds) => {
    const avatars = new Avatars(new MemoryDriver())
    await expect(probeCapabilities(avatars, { requestTimeoutSeconds })).rejects.toMatchObject({
      code: 'invalid-argument',
      message: expect.stringContaining('expected requestTimeoutSeconds to be a number above 0 and at most 3600'),
    })
  })

  it('is not spent on the pause before another try', async () => {
    let requests = 0
    const busy = memoryBut((memory) => ({
      put: async (at, body, options) => {
        requests += 1
        if (requests === 1) throw new DriverError('unavailable', 'slow down')
        return memory.put(at, body, options)
      },
      delete: async (at, options) => {
        requests += 1
        await memory.delete(at, options)
      },
    }))
    const begun = vi.spyOn(AbortSignal, 'timeout')
    onTestFinished(() => begun.mockRestore())
    await probeConditionalWrites(busy, { requestTimeoutSeconds: 600 })
    expect(begun).toHaveBeenCalledTimes(requests)
  })
})
