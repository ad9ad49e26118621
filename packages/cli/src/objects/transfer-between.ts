import { isPrefix, type Place } from '../buckets/buckets.js'
import type { Task } from '../command.js'
import { UsageError } from '../errors.js'
import type { ExitCode } from '../exit-code.js'
import { type IsThere, listedIsThere, nothingIsThere, objectIsThere } from './existing.js'
import { type ListedObject, objectsOf } from './listed-objects.js'
import { isSameBucket, type Target } from './move-object.js'
import { Tally } from './tally.js'
import { concurrencyOf } from './transfer-options.js'
import { workThrough } from './work-through.js'

/** What cp and mv do to one object. */
export type Transfer = (from: Place['bucket'], listed: ListedObject, to: Target) => Promise<void>

/** Takes the objects of one place to another. */
export async function transferBetween(task: Task, done: string, transfer: Transfer): Promise<ExitCode> {
  const { input, buckets, output, surroundings, signal } = task
  const [from, to] = [await buckets.place(input.word(0)), await buckets.place(input.word(1))]
  checkPlaces(from, to)
  const tally = new Tally(output, done, surroundings.env)
  const isThere = await existing(task, from, to)
  const { onBytes } = tally
  const options = { concurrency: concurrencyOf(input), signal }
  const work = async (listed: ListedObject): Promise<void> => {
    const { object, name } = listed
    const key = isPrefix(to) ? to.key + name : to.key
    const handled = { from: object.key, to: key, bytes: object.size }
    if (await isThere(key, object.size)) {
      await tally.skipped(handled)
      return
    }
    await transfer(from.bucket, listed, { bucket: to.bucket, key, signal, onBytes })
    await tally.finished(handled)
  }
  await workThrough(objectsOf(from, task), options, work, ({ object }, error) =>
    tally.failed({ from: object.key }, error),
  )
  return tally.end()
}

/** Copies that would meet themselves, and many objects that would all become one. */
function checkPlaces(from: Place, to: Place): void {
  if (isPrefix(from) && !isPrefix(to)) {
    throw new UsageError('expected a prefix, ending in "/", as the target of what is below a prefix')
  }
  if (!isSameBucket(from.bucket, to.bucket)) return
  const isInside = isPrefix(from) ? to.key.startsWith(from.key) : to.key === from.key
  if (isInside) throw new UsageError('expected a target that is not at or below the source itself')
}

async function existing({ input, signal }: Task, from: Place, to: Place): Promise<IsThere> {
  if (!input.isSet('skipExisting')) return nothingIsThere
  const { store } = to.bucket
  return isPrefix(from) ? listedIsThere(store, to.key, signal) : objectIsThere(store, signal)
}
