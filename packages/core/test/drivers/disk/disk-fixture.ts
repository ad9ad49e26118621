import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { DriverBody, DriverPutOptions, ObjectLocation } from '../../../src/contract/driver.js'
import { DiskDriver } from '../../../src/drivers/disk/index.js'

export const overwrite: DriverPutOptions = { attributes: {}, mode: 'overwrite' }
export const create: DriverPutOptions = { attributes: {}, mode: 'create' }

/** A new folder that is gone after the test. */
export async function temporaryFolder(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'brigade-disk-'))
  onTestFinished(() => rm(directory, { recursive: true, force: true, maxRetries: 5 }))
  return directory
}

/** A driver over a new folder, and where its bucket `photos` is. */
export async function openPhotos(): Promise<{
  readonly directory: string
  readonly driver: DiskDriver
  readonly root: string
}> {
  const directory = await temporaryFolder()
  return { directory, driver: new DiskDriver({ directory }), root: join(directory, 'photos') }
}

export function photo(key: string): ObjectLocation {
  return { bucket: 'photos', key }
}

export function bytes(text: string): DriverBody {
  return { kind: 'bytes', bytes: Buffer.from(text) }
}

export async function textOf(driver: DiskDriver, at: ObjectLocation): Promise<string> {
  const { body } = await driver.get(at, {})
  return Buffer.concat(await body.toArray()).toString()
}
