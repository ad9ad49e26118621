import { isPrefix, type Place } from '../buckets/buckets.js'
import type { Task } from '../command.js'
import { UsageError } from '../errors.js'
import type { ExitCode } from '../exit-code.js'
import { doAll } from './bulk.js'
import { type IsThere, listedIsThere, nothingIsThere, objectIsThere } from './existing.js'
import { type ListedObject, lastSegment, namedObjectsOf } from './listed-objects.js'
import type { Target } from './move-object.js'
import { fullKey, isOneBucket } from './very-object.js'

/** What cp and mv do to one object. */
export type Transfer = (from: Place['bucket'], listed: ListedObject, to: Target) => Promise<void>

/** Takes the objects of one place to another. */
export async function transferBetween(task: Task, done: string, transfer: Transfer): Promise<ExitCode> {
  const { input, buckets, signal } = task
  const [from, to] = [await buckets.existingPlace(input.word(0)), await buckets.place(input.word(1))]
  if (isPrefix(from) && !isPrefix(to)) {
    throw new UsageError('expected a prefix, ending in "/", as the target of what is below a prefix')
  }
  await refuseInside(task, from, to)
  const isThere = await existing(task, from, to)
  const keyOf = ({ name }: ListedObject): string => (isPrefix(to) ? to.key + name : to.key)
  return doAll<ListedObject>(task, {
    done,
    items: () => namedObjectsOf(from, task),
    nameOf: ({ object }) => ({ from: object.key }),
    look: (listed) => ({ from: listed.object.key, to: keyOf(listed), bytes: listed.object.size }),
    isThere: (listed) => isThere(keyOf(listed), listed.object.size),
    run: (listed, onBytes) => transfer(from.bucket, listed, { bucket: to.bucket, key: keyOf(listed), signal, onBytes }),
  })
}

/** Copies that would meet themselves, and have no end: the listing goes on while they are made. */
async function refuseInside({ signal }: Task, from: Place, to: Place): Promise<void> {
  if (from.bucket.name !== to.bucket.name) return
  const name = isPrefix(to) && !isPrefix(from) ? lastSegment(from.key) : ''
  const [source, target] = [fullKey(from), fullKey(to) + name]
  const isInside = isPrefix(from) ? target.startsWith(source) : target === source
  if (!isInside) return
  const refusal = 'expected a target that is not at or below the source itself'
  if (from.bucket.driver === to.bucket.driver) throw new UsageError(refusal)
  if (await isOneBucket(from, to.bucket, signal)) throw new UsageError(`${refusal}, by another address of its bucket`)
}

async function existing({ input, signal }: Task, from: Place, to: Place): Promise<IsThere> {
  if (!input.isSet('skipExisting')) return nothingIsThere
  const { store } = to.bucket
  return isPrefix(from) ? listedIsThere(store, to.key, signal) : objectIsThere(store, signal)
}
