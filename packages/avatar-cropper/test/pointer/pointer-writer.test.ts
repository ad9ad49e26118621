import { MemoryDriver } from '@bucket-brigade/core/memory'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { CropperError } from '../../src/errors.js'
import { type AvatarRecord, applySave, applySelect } from '../../src/pointer/pointer.js'
import { PointerWriter } from '../../src/pointer/pointer-writer.js'
import { Avatars, bytesOf, PublicAvatars } from '../avatars.js'
import { lostReply, onPut } from '../faults.js'

const KEY = 'state/avatars/leo/avatar.json'

function record(id: string): AvatarRecord {
  return { id, savedAt: 'now', objects: [] }
}

function save(writer: PointerWriter, id: string) {
  const operation = { id: `op-${id}`, avatarId: id, issuedAt: 1000 }
  return writer.change('leo', (pointer) => applySave(pointer, operation, record(id), 1000))
}

// Pauses between attempts are random; none is needed here.
beforeEach(() => {
  vi.spyOn(Math, 'random').mockReturnValue(0)
})
afterEach(() => {
  vi.restoreAllMocks()
})

describe('PointerWriter', { retry: 0 }, () => {
  it('lists each of 40 racing saves once', async () => {
    const driver = new MemoryDriver()
    await Promise.all(
      Array.from({ length: 40 }, (_, at) => save(new PointerWriter(new Avatars(driver), 'compare-and-swap'), `n${at}`)),
    )
    const { pointer } = await new PointerWriter(new Avatars(driver), 'compare-and-swap').read('leo')
    expect(pointer.revision).toBe(40)
    expect(new Set(pointer.operations.map(({ id }) => id)).size).toBe(40)
    expect(pointer.previous).toHaveLength(39)
  })

  it('lists each of 40 racing saves once where most replies are lost, before or after the write', async () => {
    let put = 0
    const driver = onPut(new MemoryDriver(), /avatar\.json$/, async (store, at, body, options) => {
      const turn = put++ % 4
      if (turn === 0) throw lostReply()
      const written = await store(at, body, options)
      if (turn === 1) throw lostReply()
      return written
    })
    await Promise.all(
      Array.from({ length: 40 }, (_, at) => save(new PointerWriter(new Avatars(driver), 'compare-and-swap'), `n${at}`)),
    )
    const { pointer } = await new PointerWriter(new Avatars(driver), 'compare-and-swap').read('leo')
    expect(pointer.operations).toHaveLength(40)
    expect(new Set(pointer.operations.map(({ id }) => id)).size).toBe(40)
    expect(pointer.revision).toBe(40)
  })

  it('applies its change to what others wrote meanwhile', async () => {
    const memory = new MemoryDriver()
    const other = new PointerWriter(new Avatars(memory), 'compare-and-swap')
    await save(other, 'a')
    let interrupted = false
    const driver = onPut(memory, /avatar\.json$/, async (put, at, body, options) => {
      if (!interrupted) {
        interrupted = true
        await save(other, 'b')
      }
      return put(at, body, options)
    })
    await save(new PointerWriter(new Avatars(driver), 'compare-and-swap'), 'c')
    const { pointer } = await other.read('leo')
    expect([pointer.current?.id, ...pointer.previous.map(({ id }) => id)]).toEqual(['c', 'b', 'a'])
  })

  it('gives up with pointer-conflict where others always win', async () => {
    let attempts = 0
    const driver = onPut(new MemoryDriver(), /avatar\.json$/, async () => {
      attempts++
      throw lostReply()
    })
    const saving = save(new PointerWriter(new Avatars(driver), 'compare-and-swap'), 'a')
    await expect(saving).rejects.toMatchObject({ code: 'pointer-conflict' })
    expect(attempts).toBe(60)
  })

  it('ends at once where the change is refused', async () => {
    const writer = new PointerWriter(new Avatars(new MemoryDriver()), 'compare-and-swap')
    const selecting = writer.change('leo', (pointer) => applySelect(pointer, 'x', 0))
    await expect(selecting).rejects.toBeInstanceOf(CropperError)
  })

  it('stops between attempts when it is aborted', async () => {
    const controller = new AbortController()
    const driver = onPut(new MemoryDriver(), /avatar\.json$/, async () => {
      controller.abort(new Error('enough'))
      throw lostReply()
    })
    const writer = new PointerWriter(new Avatars(driver), 'compare-and-swap')
    const changing = writer.change(
      'leo',
      (pointer) => applySave(pointer, { id: 'o', avatarId: 'a', issuedAt: 1 }, record('a'), 1),
      {
        signal: controller.signal,
      },
    )
    await expect(changing).rejects.toThrow('enough')
  })

  it('names the file that it cannot read', async () => {
    const store = new Avatars(new MemoryDriver())
    await store.put(KEY, 'not json')
    const reading = new PointerWriter(store, 'compare-and-swap').read('leo')
    await expect(reading).rejects.toMatchObject({ code: 'pointer-corrupt', message: expect.stringContaining(KEY) })
  })

  it('is never public, and sends no ACL where the store sends none', async () => {
    const acls: unknown[] = []
    const driver = onPut(new MemoryDriver(), /avatar\.json$/, (put, at, body, options) => {
      acls.push(options.acl)
      return put(at, body, options)
    })
    await save(new PointerWriter(new PublicAvatars(driver), 'compare-and-swap'), 'a')
    await save(new PointerWriter(new Avatars(driver), 'compare-and-swap'), 'b')
    expect(acls).toEqual(['private', undefined])
  })

  it('overwrites without conditions where that was chosen', async () => {
    const modes: unknown[] = []
    const memory = new MemoryDriver()
    const driver = onPut(memory, /avatar\.json$/, (put, at, body, options) => {
      modes.push(options.mode)
      return put(at, body, options)
    })
    const writer = new PointerWriter(new Avatars(driver), 'last-writer-wins')
    await save(writer, 'a')
    await save(writer, 'b')
    expect(modes).toEqual(['overwrite', 'overwrite'])
    expect(JSON.parse(String(await bytesOf(new Avatars(memory), KEY))).current.id).toBe('b')
  })
})
