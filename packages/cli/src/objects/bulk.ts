import type { Task } from '../command.js'
import type { ExitCode } from '../exit-code.js'
import { type Handled, Tally } from './tally.js'
import { concurrencyOf } from './transfer-options.js'
import { workThrough } from './work-through.js'

/** Told of what is found on the way to the items. */
export type Finds = Pick<Tally, 'failed' | 'leftOut'>

/** What a verb does to many objects. */
export interface Bulk<T> {
  /** `uploaded`, `copied`, `removed`. */
  readonly done: string
  /** What there is to do. On a terminal it is gone through twice: then it is known how much there is. */
  items(finds: Finds): AsyncIterable<T>
  /** Which one it is, where it may not even be possible to look at it. */
  nameOf(item: T): Handled
  /** From where to where, and how much. */
  look(item: T): Handled | Promise<Handled>
  /** Whether it is at its target already. */
  isThere?(item: T, handled: Handled): Promise<boolean>
  run(item: T, onBytes: (bytes: number) => void): Promise<void>
}

const NOTHING_TOLD: Finds = { failed: async () => undefined, leftOut: () => undefined }

/** Does it to all of them, some at a time. What fails is named, and the rest is done. */
export async function doAll<T>(task: Omit<Task, 'buckets'>, bulk: Bulk<T>): Promise<ExitCode> {
  const { input, output, surroundings, signal } = task
  const tally = new Tally(output, bulk.done, surroundings.env)
  const ended = new AbortController()
  if (output.progress.isVisible) void measure(bulk, tally, ended.signal)
  try {
    await workThrough(
      bulk.items(tally),
      { concurrency: concurrencyOf(input), signal },
      (item) => doOne(bulk, item, tally),
      (item, error) => tally.failed(bulk.nameOf(item), error),
    ).finally(() => ended.abort())
  } catch (error) {
    // How far it came is said of what broke off, too.
    if (tally.hasBegun) tally.end()
    throw error
  }
  return tally.end()
}

async function doOne<T>(bulk: Bulk<T>, item: T, tally: Tally): Promise<void> {
  const handled = await bulk.look(item)
  if (await bulk.isThere?.(item, handled)) {
    await tally.skipped(handled)
    return
  }
  await bulk.run(item, tally.onBytes)
  await tally.finished(handled)
}

/** Counts beside the work, and only for show: what goes wrong here goes wrong there, and is told there. */
async function measure<T>(bulk: Bulk<T>, tally: Tally, ended: AbortSignal): Promise<void> {
  let [objects, bytes] = [0, 0]
  try {
    for await (const item of bulk.items(NOTHING_TOLD)) {
      if (ended.aborted) return
      objects += 1
      bytes += await bytesOf(bulk, item)
    }
    tally.expect(objects, bytes)
  } catch {
    return
  }
}

async function bytesOf<T>(bulk: Bulk<T>, item: T): Promise<number> {
  try {
    return (await bulk.look(item)).bytes ?? 0
  } catch {
    return 0
  }
}
