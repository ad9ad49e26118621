import { describe, expect, it } from 'vitest'
import { CropperError } from '../../src/errors.js'
import {
  type AppliedOperation,
  type AvatarRecord,
  applyForget,
  applyRemove,
  applySave,
  applySelect,
  avatarsOf,
  emptyPointer,
  MAX_OPERATIONS,
  MAX_PREVIOUS,
  type Pointer,
  type Transition,
} from '../../src/pointer/pointer.js'
import { decodePointer, encodePointer } from '../../src/pointer/pointer-codec.js'

const NOW = 1_000_000
const DAY = 24 * 3600 * 1000

function record(id: string): AvatarRecord {
  return {
    id,
    savedAt: '2026-11-20T00:00:00.000Z',
    objects: [{ edge: 64, key: `${id}-64`, type: 'image/png', bytes: 9 }],
  }
}

function operation(id: string, avatarId: string, issuedAt = NOW): AppliedOperation {
  return { id, avatarId, issuedAt }
}

function written<T>(transition: Transition<T>): Pointer {
  if (transition.kind !== 'write') throw new Error('expected a change')
  return transition.pointer
}

/** A pointer after these saves, in this order. */
function afterSaves(...ids: string[]): Pointer {
  return ids.reduce(
    (pointer, id, at) => written(applySave(pointer, operation(`op-${id}`, id, NOW + at), record(id), NOW)),
    emptyPointer,
  )
}

function ids(pointer: Pointer): string[] {
  return avatarsOf(pointer).map(({ id }) => id)
}

describe('applySave', () => {
  it('shows the newest save and keeps the earlier ones, newest first', () => {
    const pointer = afterSaves('a', 'b', 'c')
    expect(ids(pointer)).toEqual(['c', 'b', 'a'])
    expect(pointer.revision).toBe(3)
  })

  it('answers a repeat with the same record and changes nothing, even after newer saves', () => {
    const pointer = afterSaves('a', 'b')
    const repeat = applySave(pointer, operation('op-a', 'a'), { ...record('a'), savedAt: 'later' }, NOW)
    expect(repeat).toEqual({ kind: 'keep', result: { record: record('a'), unnamed: [] } })
  })

  it('shows an avatar again that is cropped and saved a second time', () => {
    const pointer = written(applySave(afterSaves('a', 'b'), operation('op-a2', 'a', NOW + 9), record('a'), NOW))
    expect(ids(pointer)).toEqual(['a', 'b'])
  })

  it('refuses what was removed', () => {
    const pointer = written(applyRemove(afterSaves('a'), ['a'], NOW))
    expect(() => applySave(pointer, operation('op-a', 'a'), record('a'), NOW)).toThrow('was removed')
    expect(() => applySave(pointer, operation('other', 'a'), record('a'), NOW)).toThrow(CropperError)
  })

  it('keeps at most 50 earlier avatars and 50 operations', () => {
    const pointer = afterSaves(...Array.from({ length: 60 }, (_, at) => `n${at}`))
    expect(pointer.previous).toHaveLength(MAX_PREVIOUS)
    expect(pointer.operations).toHaveLength(MAX_OPERATIONS)
    expect(pointer.current?.id).toBe('n59')
  })

  it('buries what newer avatars push out of the list, and tells its keys', () => {
    const full = afterSaves(...Array.from({ length: 51 }, (_, at) => `n${at}`))
    const saving = applySave(full, operation('op-x', 'x', NOW + 99), record('x'), NOW)
    expect(saving.result).toEqual({ record: record('x'), unnamed: ['n0-64'] })
    expect(written(saving).removed).toEqual([{ id: 'n0', keys: ['n0-64'], until: NOW + DAY }])
    const again = operation('op-n0-again', 'n0', NOW + 100)
    expect(() => applySave(written(saving), again, record('n0'), NOW)).toThrow('upload a picture again')
    const next = applySave(written(saving), operation('op-y', 'y', NOW + 101), record('y'), NOW)
    expect(next.result.unnamed).toEqual(['n1-64'])
    expect(written(next).removed.map(({ id }) => id)).toEqual(['n1', 'n0'])
  })

  it('pushes nothing out where an avatar of the full list is saved or chosen again', () => {
    const full = afterSaves(...Array.from({ length: 51 }, (_, at) => `n${at}`))
    const again = applySave(full, operation('op-again', 'n0', NOW + 99), record('n0'), NOW)
    expect(again.result.unnamed).toEqual([])
    expect(avatarsOf(written(again))).toHaveLength(51)
    expect(written(applySelect(full, 'n0', NOW)).removed).toEqual([])
  })

  it('knows a repeat of a save that is listed no more, so that it never takes effect twice', () => {
    const names = Array.from({ length: 51 }, (_, at) => `n${at}`)
    const pointer = afterSaves(...names)
    const repeat = applySave(pointer, operation('op-n0', 'n0', NOW), record('n0'), NOW)
    expect(repeat).toEqual({ kind: 'keep', result: { record: record('n0'), unnamed: [] } })
    const unknown = operation('op-x', 'x', NOW - 1)
    expect(() => applySave(pointer, unknown, record('x'), NOW)).toThrow('crop the picture again')
    expect(applySave(pointer, operation('op-y', 'y', NOW + 100), record('y'), NOW).kind).toBe('write')
  })
})

describe('applySelect', () => {
  it('shows an earlier avatar and keeps the others', () => {
    expect(ids(written(applySelect(afterSaves('a', 'b', 'c'), 'a', NOW)))).toEqual(['a', 'c', 'b'])
  })

  it('has nothing to do for the current one', () => {
    expect(applySelect(afterSaves('a'), 'a', NOW)).toEqual({ kind: 'keep', result: record('a') })
  })

  it('refuses what is not there', () => {
    expect(() => applySelect(afterSaves('a'), 'b', NOW)).toThrow('no avatar with this id')
  })
})

describe('applyRemove', () => {
  it('shows the one before where the current one goes, or none', () => {
    const one = written(applyRemove(afterSaves('a', 'b'), ['b'], NOW))
    expect(ids(one)).toEqual(['a'])
    expect(written(applyRemove(one, ['a'], NOW)).current).toBeNull()
  })

  it('tells the keys that nothing names any more, also on a repeat', () => {
    const first = applyRemove(afterSaves('a', 'b'), ['a'], NOW)
    expect(first.result).toEqual(['a-64'])
    expect(applyRemove(written(first), ['a'], NOW)).toEqual({ kind: 'keep', result: ['a-64'] })
  })

  it('remembers what was removed for longer than any token lives', () => {
    const removed = written(applyRemove(afterSaves('a', 'b', 'c'), ['a'], NOW))
    expect(written(applyRemove(removed, ['b'], NOW + DAY - 1)).removed.map(({ id }) => id)).toEqual(['b', 'a'])
    expect(written(applyRemove(removed, ['b'], NOW + DAY)).removed.map(({ id }) => id)).toEqual(['b'])
  })

  it('refuses what was never there', () => {
    expect(() => applyRemove(afterSaves('a'), ['x'], NOW)).toThrow(CropperError)
  })
})

describe('applyForget', () => {
  it('leaves nothing and lets no save take effect, whenever it began', () => {
    const forgotten = applyForget(afterSaves('a', 'b'))
    const pointer = written(forgotten)
    expect(forgotten.result).toEqual(['b-64', 'a-64'])
    expect(avatarsOf(pointer)).toEqual([])
    expect(() => applySave(pointer, operation('late', 'c', NOW + DAY), record('c'), NOW)).toThrow(CropperError)
  })
})

describe('avatar.json', () => {
  it('comes back as it was written, and never with the same bytes', () => {
    const pointer = written(applyRemove(afterSaves('a', 'b', 'c'), ['b'], NOW))
    expect(decodePointer(encodePointer(pointer, 'w1'), 'avatar.json')).toEqual(pointer)
    expect(encodePointer(pointer, 'w1')).not.toBe(encodePointer(pointer, 'w2'))
  })

  it.each(['', 'null', '[]', '{}', '{"version":2}', JSON.stringify({ ...emptyPointer, revision: -1 })])(
    'refuses %s and says how to go on',
    (text) => {
      expect(() => decodePointer(text, 'state/avatar.json')).toThrow('restore it, or delete it')
    },
  )
})
