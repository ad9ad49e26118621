import { CropperError } from '../errors.js'
import { readArray, readNumber, readObject, readText } from '../json-shape.js'
import type { AppliedOperation, AvatarObject, AvatarRecord, Pointer, Tombstone } from './pointer.js'

/**
 * The bytes of `avatar.json`.
 *
 * @param writeId Random, so that two versions never have equal bytes: an ETag that came back would let a stale
 *   conditional write through.
 */
export function encodePointer(pointer: Pointer, writeId: string): string {
  return JSON.stringify({ ...pointer, writeId }, undefined, 2)
}

/**
 * Reads what is in the bucket.
 *
 * @throws CropperError `pointer-corrupt` where it is not what `encodePointer` writes
 */
export function decodePointer(text: string, key: string): Pointer {
  try {
    return readPointer(JSON.parse(text))
  } catch (cause) {
    const message = `expected ${key} to be an avatar pointer of version 1: restore it, or delete it to begin anew`
    throw new CropperError('pointer-corrupt', message, { cause })
  }
}

function readPointer(value: unknown): Pointer {
  const fields = readObject(value)
  if (fields.version !== 1) throw new TypeError('version')
  return {
    version: 1,
    lineage: fields.lineage === undefined ? '' : readText(fields.lineage),
    revision: readNumber(fields.revision),
    current: fields.current === null ? null : readRecord(fields.current),
    previous: readArray(fields.previous).map(readRecord),
    operations: readArray(fields.operations).map(readOperation),
    forgottenUntil: readNumber(fields.forgottenUntil),
    removed: readArray(fields.removed).map(readTombstone),
  }
}

function readRecord(value: unknown): AvatarRecord {
  const { id, savedAt, objects } = readObject(value)
  return { id: readText(id), savedAt: readText(savedAt), objects: readArray(objects).map(readAvatarObject) }
}

function readAvatarObject(value: unknown): AvatarObject {
  const { edge, key, type, bytes } = readObject(value)
  return { edge: readNumber(edge), key: readText(key), type: readText(type), bytes: readNumber(bytes) }
}

function readOperation(value: unknown): AppliedOperation {
  const { id, avatarId, issuedAt } = readObject(value)
  return { id: readText(id), avatarId: readText(avatarId), issuedAt: readNumber(issuedAt) }
}

function readTombstone(value: unknown): Tombstone {
  const { id, keys, until } = readObject(value)
  return { id: readText(id), keys: readArray(keys).map(readText), until: readNumber(until) }
}
