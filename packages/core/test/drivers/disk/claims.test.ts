import { lstat, mkdir, readdir, readFile, rename, symlink, unlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { attributesText } from '../../../src/drivers/disk/attributes-file.js'
import { BucketFolder } from '../../../src/drivers/disk/bucket-folder.js'
import { commit } from '../../../src/drivers/disk/claims.js'
import type { DiskDriver } from '../../../src/drivers/disk/index.js'
import { pendingPath } from '../../../src/drivers/disk/pending-file.js'
import { bytes, create, openPhotos, overwrite, photo, textOf } from './disk-fixture.js'

const id = '00000000-0000-4000-8000-000000000000'

/** What a process leaves that was killed right after its claim. */
async function claimAndDie(
  folder: BucketFolder,
  operation: 'put' | 'delete',
  key: string,
  text = 'from the dead',
): Promise<void> {
  await mkdir(folder.pending, { recursive: true })
  if (operation === 'delete') await symlink('../..', pendingPath(folder, id, 'root'))
  else {
    const data = pendingPath(folder, id, 'data')
    await writeFile(data, text)
    const stats = await lstat(data, { bigint: true })
    const next = { stats, attributes: { contentType: 'x/dead' } }
    await writeFile(pendingPath(folder, id, 'attributes'), attributesText(key, next, undefined))
  }
  await writeClaim(folder, key, JSON.stringify({ id, operation, key }))
}

async function writeClaim(folder: BucketFolder, key: string, text: string): Promise<void> {
  const claims = folder.claimsFolder(key)
  await mkdir(claims, { recursive: true })
  const numbers = (await readdir(claims)).map(Number).filter(Number.isInteger)
  await writeFile(join(claims, String(Math.max(0, ...numbers) + 1)), text)
}

/** Another key of the same sequence of claims. */
function neighbourOf(folder: BucketFolder, key: string): string {
  for (let index = 0; ; index++) {
    if (folder.claimsFolder(`neighbour-${index}`) === folder.claimsFolder(key)) return `neighbour-${index}`
  }
}

async function open(): Promise<{ readonly driver: DiskDriver; readonly folder: BucketFolder }> {
  const { driver, directory } = await openPhotos()
  return { driver, folder: new BucketFolder(directory, 'photos') }
}

describe('after a process was killed', () => {
  it('what it had claimed takes place before the next change, as a whole', async () => {
    const { driver, folder } = await open()
    await claimAndDie(folder, 'put', 'a/b')
    await expect(driver.put(photo('a/b'), bytes('late'), create)).rejects.toMatchObject({ code: 'already-exists' })
    expect(await textOf(driver, photo('a/b'))).toBe('from the dead')
    expect(await driver.head(photo('a/b'), {})).toMatchObject({ contentType: 'x/dead' })
  })

  it('the next change to a neighbour settles it too, and a delete comes after it', async () => {
    const { driver, folder } = await open()
    await claimAndDie(folder, 'put', 'a/b')
    await driver.put(photo(neighbourOf(folder, 'a/b')), bytes('x'), overwrite)
    expect(await textOf(driver, photo('a/b'))).toBe('from the dead')
    await claimAndDie(folder, 'put', 'a/b', 'again')
    await driver.delete(photo('a/b'), {})
    await expect(driver.head(photo('a/b'), {})).rejects.toMatchObject({ code: 'not-found' })
  })

  it('a delete that it had claimed takes place once, and spares what comes after', async () => {
    const { driver, folder } = await open()
    await driver.put(photo('a/b'), bytes('old'), overwrite)
    await claimAndDie(folder, 'delete', 'a/b')
    await driver.put(photo('a/b'), bytes('new'), create)
    await driver.put(photo(neighbourOf(folder, 'a/b')), bytes('x'), overwrite)
    expect(await textOf(driver, photo('a/b'))).toBe('new')
    expect(await readdir(folder.pending)).toEqual([])
  })

  it('what it had not claimed never takes place', async () => {
    const { driver, folder } = await open()
    await claimAndDie(folder, 'put', 'a/b')
    const claims = folder.claimsFolder('a/b')
    await rename(join(claims, '1'), join(claims, `${id}.ticket`))
    await expect(driver.head(photo('a/b'), {})).rejects.toMatchObject({ code: 'not-found' })
    for (let round = 0; round < 12; round++) await driver.put(photo('a/b'), bytes(String(round)), overwrite)
    expect(await textOf(driver, photo('a/b'))).toBe('11')
    expect(await readdir(claims)).not.toContain(`${id}.ticket`)
  })

  it('a claim that turns out to be impossible blocks nobody', async () => {
    const { driver, folder } = await open()
    await driver.put(photo('a/b'), bytes('x'), overwrite)
    await claimAndDie(folder, 'put', 'a')
    const neighbour = photo(neighbourOf(folder, 'a'))
    await driver.put(neighbour, bytes('1'), overwrite)
    await driver.put(neighbour, bytes('2'), overwrite)
    expect(await textOf(driver, neighbour)).toBe('2')
    expect(await textOf(driver, photo('a/b'))).toBe('x')
  })

  it('a claim that a power cut emptied blocks nobody', async () => {
    const { driver, folder } = await open()
    await driver.put(photo('a'), bytes('1'), overwrite)
    await writeClaim(folder, 'a', '')
    await driver.put(photo('a'), bytes('2'), overwrite)
    expect(await textOf(driver, photo('a'))).toBe('2')
  })

  it('an attributes file that a power cut cut short is as none', async () => {
    const { driver, folder } = await open()
    await driver.put(photo('a.txt'), bytes('1'), { attributes: { contentType: 'x/y' }, mode: 'overwrite' })
    const file = join(folder.root, folder.attributesPath('a.txt'))
    await writeFile(file, (await readFile(file, 'utf8')).slice(0, 30))
    expect((await driver.head(photo('a.txt'), {})).contentType).toBe('text/plain')
  })
})

describe('a process that slept between its look and its claim', () => {
  it('looks again when others changed the object meanwhile, also when their claims are tidied away', async () => {
    for (const others of [1, 2, 9, 30]) {
      const { driver, folder } = await open()
      await driver.put(photo('a'), bytes('0'), overwrite)
      const data = pendingPath(folder, id, 'data')
      await writeFile(data, 'sleeper')
      const seen: string[] = []
      const prepare = async (): Promise<'claim'> => {
        seen.push(await textOf(driver, photo('a')))
        for (let round = 1; seen.length === 1 && round <= others; round++) {
          await driver.put(photo('a'), bytes(String(round)), overwrite)
        }
        return 'claim'
      }
      await commit(folder, { id, operation: 'put', key: 'a', prepare }, undefined)
      expect(seen).toEqual(['0', String(others)])
      expect(await textOf(driver, photo('a'))).toBe('sleeper')
    }
  })

  it('finds nothing to do where it slept in front of its effect, and others made it meanwhile', async () => {
    const { driver, folder } = await open()
    await claimAndDie(folder, 'put', 'a/b')
    await driver.put(photo('a/b'), bytes('newer'), overwrite)
    const file = join(folder.root, 'a/b')
    await expect(rename(pendingPath(folder, id, 'data'), file)).rejects.toThrow('ENOENT')
    await claimAndDie(folder, 'delete', 'a/b')
    await driver.put(photo('a/b'), bytes('newest'), create)
    await expect(unlink(join(pendingPath(folder, id, 'root'), 'a/b'))).rejects.toThrow('ENOENT')
    expect(await textOf(driver, photo('a/b'))).toBe('newest')
  })

  it('does nothing once its caller gave up', async () => {
    const { driver, folder } = await open()
    await driver.put(photo('a'), bytes('0'), overwrite)
    const aborter = new AbortController()
    const prepare = async (): Promise<'claim'> => {
      aborter.abort(new Error('enough'))
      return 'claim'
    }
    const late = commit(folder, { id, operation: 'put', key: 'a', prepare }, aborter.signal)
    await expect(late).rejects.toThrow('enough')
    expect(await readdir(folder.claimsFolder('a'))).toEqual(['1'])
  })
})
