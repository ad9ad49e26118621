import { DriverError, type StorageDriver } from '@bucket-brigade/core'
import { MemoryDriver } from '@bucket-brigade/core/memory'
import { beforeAll, describe, expect, it } from 'vitest'
import { anonymous } from '../../src/index.js'
import { Avatars, cropped, keysOf, openCropper } from '../avatars.js'
import { around, lostReply, onPut } from '../faults.js'
import { quarters } from '../pictures.js'

let picture: Buffer
beforeAll(async () => {
  picture = await quarters()
})

describe('forget', () => {
  it('deletes everything of a person, and nothing of others or from others', async () => {
    const driver = new MemoryDriver()
    const store = new Avatars(driver)
    const cropper = await openCropper(driver)
    for (const user of ['1', '1', '10']) await cropper.save(await cropped(cropper, user, picture))
    await store.put('uploads/users/1/holiday.jpg', 'somebody else keeps this')
    const others = (await keysOf(store)).filter((key) => key.includes('/10/') || key.endsWith('holiday.jpg'))
    await cropper.forget('1')
    expect(await keysOf(store)).toEqual(others)
    expect(await cropper.list('1')).toEqual({ current: undefined, avatars: [] })
    expect((await cropper.list('10')).avatars).toHaveLength(1)
  })

  it('goes on where a refused save takes its own pictures away in the same moment', async () => {
    const driver = new MemoryDriver()
    const store = new Avatars(driver)
    await store.put('uploads/users/leo/lost-64.jpg', 'x', { metadata: { 'brigade-recipe': 'lost-64' } })
    const racing = around(driver, {
      head: async (at, options) => {
        await driver.delete(at, options)
        return driver.head(at, options)
      },
    })
    const cropper = await openCropper(racing)
    await cropper.forget('leo')
    expect((await keysOf(store)).filter((key) => key.includes('/leo/'))).toEqual([])
  })

  it.each(['once', 'before'])('leaves nothing of a save that is on its way, of a person who saved %s', async (when) => {
    const driver = new MemoryDriver()
    const cropper = await openCropper(driver)
    if (when === 'before') await cropper.save(await cropped(cropper, 'leo', picture))
    const token = await cropped(cropper, 'leo', picture)
    let forgetting: Promise<void> | undefined
    const slow = onPut(driver, /avatar\.json$/, async (put, at, body, options) => {
      forgetting ??= cropper.forget('leo')
      await forgetting
      return put(at, body, options)
    })
    await expect((await openCropper(slow)).save(token)).rejects.toMatchObject({ code: 'session-expired' })
    expect((await cropper.list('leo')).avatars).toEqual([])
    expect((await keysOf(new Avatars(driver))).filter((key) => !key.startsWith('state/'))).toEqual([])
  })

  it('shows nothing of a save whose server died as soon as it had shown what was forgotten', async () => {
    const driver = new MemoryDriver()
    const cropper = await openCropper(driver)
    const token = await cropped(cropper, 'leo', picture)
    let forgetting: Promise<void> | undefined
    const dying = onPut(driver, /avatar\.json$/, async (put, at, body, options) => {
      if (options.mode === 'create') return put(at, body, options)
      forgetting ??= cropper.forget('leo')
      await forgetting
      await put(at, body, options)
      return new Promise(() => undefined)
    })
    const saving = (await openCropper(dying)).save(token)
    await expect(saving).rejects.toMatchObject({ code: 'session-expired' })
    await expect(cropper.save(token)).rejects.toMatchObject({ code: 'session-expired' })
    expect((await cropper.list('leo')).avatars).toEqual([])
    expect(await keysOf(new Avatars(driver), 'uploads/')).toEqual([])
  })

  it('shows nothing of a save from before, to a person who began anew', async () => {
    const driver = new MemoryDriver()
    const cropper = await openCropper(driver)
    const token = await cropped(cropper, 'leo', picture)
    let anew: Promise<string> | undefined
    const slow = onPut(driver, /avatar\.json$/, async (put, at, body, options) => {
      if (options.mode === 'create') return put(at, body, options)
      anew ??= cropper
        .forget('leo')
        .then(() => cropped(cropper, 'leo', picture))
        .then(async (begun) => (await cropper.save(begun)).id)
      await anew
      return put(at, body, options)
    })
    await expect((await openCropper(slow)).save(token)).rejects.toMatchObject({ code: 'session-expired' })
    expect((await cropper.list('leo')).avatars.map(({ id }) => id)).toEqual([await anew])
    expect(await keysOf(new Avatars(driver), 'uploads/')).toHaveLength(2)
  })

  it('lets nobody save while it works; an interrupted one is finished by a repeat', async () => {
    const driver = new MemoryDriver()
    const cropper = await openCropper(driver)
    await cropper.save(await cropped(cropper, 'leo', picture))
    const dead = around(driver, {
      delete: async (at, options) => {
        if (at.key.startsWith('tmp/avatars/')) throw lostReply()
        return driver.delete(at, options)
      },
    })
    await expect((await openCropper(dead)).forget('leo')).rejects.toMatchObject({ code: 'outcome-unknown' })
    await expect(cropper.save(await cropped(cropper, 'leo', picture))).rejects.toMatchObject({
      code: 'session-expired',
    })
    await cropper.forget('leo')
    expect(await keysOf(new Avatars(driver))).toEqual([])
    await cropper.save(await cropped(cropper, 'leo', picture))
    expect((await cropper.list('leo')).avatars).toHaveLength(1)
  })

  it('finds a session the next time that was claimed while it worked', async () => {
    const driver = new MemoryDriver()
    const cropper = await openCropper(driver)
    const { token } = await cropper.upload(anonymous, picture)
    let claiming: Promise<unknown> | undefined
    const slow = around(driver, {
      list: async (bucket, prefix, options) => {
        const page = await driver.list(bucket, prefix, options)
        claiming ??= cropper.claim(token, 'leo')
        await claiming
        return page
      },
    })
    await (await openCropper(slow)).forget('leo')
    await cropper.forget('leo')
    expect(await keysOf(new Avatars(driver))).toEqual([])
  })

  it('asks for a repeat where somebody else deleted the pointer during a save', async () => {
    const driver = new MemoryDriver()
    const cropper = await openCropper(driver)
    const token = await cropped(cropper, 'leo', picture)
    const slow = onPut(driver, /avatar\.json$/, async (put, at, body, options) => {
      if (options.mode !== 'create') await driver.delete(at, {})
      return put(at, body, options)
    })
    await expect((await openCropper(slow)).save(token)).rejects.toMatchObject({ code: 'pointer-conflict' })
    expect(await cropper.save(token)).toEqual((await cropper.list('leo')).current)
  })
})

describe('two that forget one person at once', () => {
  /** What a person does who begins anew as soon as one of the two is through. */
  async function anew(driver: StorageDriver): Promise<string> {
    const cropper = await openCropper(driver)
    await cropper.forget('leo')
    return (await cropper.save(await cropped(cropper, 'leo', picture))).id
  }

  it('never take pictures away that somebody shows: the slower one begins again', async () => {
    const driver = new MemoryDriver()
    const cropper = await openCropper(driver)
    await cropper.save(await cropped(cropper, 'leo', picture))
    let begun: Promise<string> | undefined
    const shown: string[] = []
    const slow = around(driver, {
      list: async (bucket, prefix, options) => {
        if (prefix.startsWith('uploads/')) {
          begun ??= anew(driver)
          await begun
        }
        return driver.list(bucket, prefix, options)
      },
      delete: async (at, options) => {
        const { avatars } = await cropper.list('leo')
        if (at.key.startsWith('uploads/')) shown.push(...avatars.map(({ id }) => id))
        return driver.delete(at, options)
      },
    })
    await (await openCropper(slow)).forget('leo')
    expect(await begun).toBeTruthy()
    expect(shown).toEqual([])
    expect(await keysOf(new Avatars(driver))).toEqual([])
  })

  it.each(['heeds', 'may ignore'])('leave the new list alone, where the service %s conditions', async (habit) => {
    const driver = new MemoryDriver()
    const cropper = await openCropper(driver)
    await cropper.save(await cropped(cropper, 'leo', picture))
    let begun: Promise<string> | undefined
    const slow = around(driver, {
      delete: async (at, options) => {
        if (at.key.endsWith('avatar.json')) {
          begun ??= anew(driver)
          await begun
          if (habit === 'may ignore' && options.ifMatch !== undefined) {
            throw new DriverError('unsupported', 'this service may ignore the ifMatch of a delete')
          }
        }
        return driver.delete(at, options)
      },
    })
    await (await openCropper(slow)).forget('leo')
    expect((await cropper.list('leo')).avatars.map(({ id }) => id)).toEqual([await begun])
    expect(await keysOf(new Avatars(driver), 'uploads/')).toHaveLength(2)
  })
})

describe('prune', () => {
  it('keeps the current avatar and the newest of the earlier ones', async () => {
    const driver = new MemoryDriver()
    const cropper = await openCropper(driver)
    const ids: string[] = []
    for (let at = 0; at < 4; at++) ids.unshift((await cropper.save(await cropped(cropper, 'leo', picture))).id)
    expect(await cropper.prune('leo', 1)).toEqual({ removed: ids.slice(2), leftovers: [] })
    expect((await cropper.list('leo')).avatars.map(({ id }) => id)).toEqual(ids.slice(0, 2))
    expect(await keysOf(new Avatars(driver), 'uploads/')).toHaveLength(4)
    expect(await cropper.prune('leo', 1)).toEqual({ removed: [], leftovers: [] })
    await expect(cropper.prune('leo', -1)).rejects.toMatchObject({ code: 'invalid-request' })
  })
})
