import { isPrefix, type Place } from '../buckets/buckets.js'
import type { Command, Task } from '../command.js'
import { confirm } from '../confirm.js'
import { EXIT, type ExitCode } from '../exit-code.js'
import { doAll } from '../objects/bulk.js'
import { type ListedObject, objectsOf, requireRecursive } from '../objects/listed-objects.js'
import { selectionOptions } from '../objects/selection.js'
import { concurrencyOf } from '../objects/transfer-options.js'
import { plain } from '../output/plain.js'
import { countText } from '../output/quantities.js'

export const rm: Command = {
  name: 'rm',
  summary: 'removes objects',
  details: 'One that is not there is no error. With -r it asks, or wants --yes; --dry-run shows what would go.',
  arguments: [{ name: '<place>', text: 'a key, a prefix (ending in "/") or an address' }],
  options: [
    { flags: '-r, --recursive', text: 'everything below a prefix' },
    { flags: '--yes', text: 'do not ask' },
    { flags: '--dry-run', text: 'only show what would be removed' },
    ...selectionOptions,
    { flags: '--concurrency <requests>', text: 'requests at a time, 1 to 64 (default 8)' },
  ],
  examples: [
    'brigade rm uploads/leo.jpg',
    'brigade rm -r uploads/users/654/ --dry-run',
    'brigade rm -r tmp/old/ --yes',
  ],
  run: async (task) => {
    const place = await task.buckets.existingPlace(task.input.word(0))
    if (isPrefix(place)) requireRecursive(task.input.isSet('recursive'), place.key)
    if (task.input.isSet('dryRun')) return showOnly(task, place)
    if (!isPrefix(place)) return removeOne(task, place)
    await confirm(
      task,
      `removing ${place.key === '' ? `everything in ${place.bucket.name}` : `all below ${place.key}`}`,
    )
    const isPart = task.input.list('include').length + task.input.list('exclude').length > 0
    return isPart ? removeSelected(task, place) : removeAll(task, place)
  },
}

async function showOnly(task: Task, place: Place): Promise<ExitCode> {
  let count = 0
  for await (const { object } of objectsOf(place, task)) {
    count += 1
    await task.output.result({ outcome: 'found', from: object.key, bytes: object.size }, plain(object.key))
  }
  task.output.note(`would remove ${countText(count, 'object')}`)
  return EXIT.ok
}

async function removeOne({ output, signal }: Task, { bucket, key }: Place): Promise<ExitCode> {
  await bucket.store.delete(key, { signal })
  await output.result({ outcome: 'removed', from: key }, undefined)
  // Services say the same of an object that was never there.
  output.note(`there is no ${plain(key)} any more`)
  return EXIT.ok
}

function removeSelected(task: Task, place: Place): Promise<ExitCode> {
  const handledOf = ({ object }: ListedObject) => ({ from: object.key, bytes: object.size })
  return doAll<ListedObject>(task, {
    done: 'removed',
    items: () => objectsOf(place, task),
    nameOf: handledOf,
    look: handledOf,
    run: ({ input }) => place.bucket.store.delete(input, { signal: task.signal }),
  })
}

/** A thousand objects by one request. */
async function removeAll({ input, output, signal }: Task, { bucket, key }: Place): Promise<ExitCode> {
  const removed = await bucket.store.deletePrefix(key, {
    concurrency: concurrencyOf(input),
    signal,
    onProgress: ({ objects }) => output.progress.show(`removed ${objects}`),
  })
  output.progress.clear()
  await output.result({ outcome: 'removed', prefix: key, objects: removed }, undefined)
  output.note(`removed ${countText(removed, 'object')}`)
  return EXIT.ok
}
