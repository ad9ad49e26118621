import type { BucketStore } from '@bucket-brigade/core'
import { noAvatars, POINTERS, pointerOf, segmentOf } from '../avatars/pointer-file.js'
import { type Verified, verifyPointer } from '../avatars/verify.js'
import type { Command, Task } from '../command.js'
import { EXIT } from '../exit-code.js'
import { mapInOrder } from '../objects/work-through.js'
import { plain } from '../output/plain.js'
import { countText } from '../output/quantities.js'

const POINTERS_AT_ONCE = 16

export const avatarsVerify: Command = {
  name: 'avatars verify',
  summary: 'checks that every picture that a pointer names is there',
  details: 'Reads only. One request for each pointer and each picture. Exit code 1 where something is missing.',
  arguments: [{ name: '[user]', text: 'only this user (default: everybody)' }],
  options: [],
  examples: ['brigade avatars verify', 'brigade avatars verify 654', 'brigade avatars verify --json | jq .kind'],
  run: async (task) => {
    const { input, buckets, output, signal } = task
    const { store } = await buckets.existing()
    const [user] = input.words
    const keys = user === undefined ? pointersOf(store, signal) : [await pointerOf(user)]
    const total = { pointers: 0, avatars: 0, pictures: 0, problems: 0 }
    const looks = mapInOrder(keys, POINTERS_AT_ONCE, async (key) => ({
      key,
      verified: await verifyPointer(store, key, signal),
    }))
    for await (const { key, verified } of looks) {
      if (!verified) {
        if (user !== undefined) throw noAvatars(key)
        continue
      }
      total.pointers += 1
      total.avatars += verified.avatars
      total.pictures += verified.pictures
      total.problems += verified.problems.length
      await printProblems(task, key, verified)
      output.progress.show(`verified ${total.pointers}, ${countText(total.problems, 'problem')}`)
    }
    await output.result({ outcome: 'summary', ...total }, undefined)
    output.note(
      `${countText(total.pointers, 'pointer')}, ${countText(total.avatars, 'avatar')}, ${countText(total.pictures, 'picture')}: ` +
        (total.problems === 0 ? 'all there' : countText(total.problems, 'problem')),
    )
    return total.problems === 0 ? EXIT.ok : EXIT.failed
  },
}

async function* pointersOf(store: BucketStore, signal: AbortSignal): AsyncGenerator<string> {
  for await (const { key } of store.list(POINTERS, { signal })) if (segmentOf(key) !== undefined) yield key
}

async function printProblems({ output }: Task, pointer: string, { problems }: Verified): Promise<void> {
  for (const { kind, key, detail } of problems) {
    const named = key === pointer ? '' : `, named by ${plain(pointer)}`
    const value = { outcome: 'problem', kind, key, pointer, detail }
    const told = output.wrap(`${plain(key)}: ${detail}${named}`, kind.length + 2)
    await output.result(value, `${output.shade(kind, 'red')}  ${told}`)
  }
}
