import { openCropper } from '../avatars/open-cropper.js'
import { isDigest, pointerOf } from '../avatars/pointer-file.js'
import type { Command, Task } from '../command.js'
import { confirm } from '../confirm.js'
import { UsageError } from '../errors.js'
import { EXIT } from '../exit-code.js'
import type { Input } from '../input.js'
import type { OptionSpec } from '../option-spec.js'
import { plain } from '../output/plain.js'
import { countText } from '../output/quantities.js'

/** Without conditional writes, a save of the same moment may be lost. */
const LAST_WRITER: OptionSpec = {
  flags: '--last-writer-wins',
  text: "for services without conditional writes: the servers' pointerWrites",
}
const MAX_KEPT = 1000

export const avatarsPrune: Command = {
  name: 'avatars prune',
  summary: 'takes away the earlier avatars of a user but the newest',
  arguments: [{ name: '<user>', text: "the user's id" }],
  options: [{ flags: '--keep <count>', text: 'how many earlier ones stay, from 0' }, LAST_WRITER],
  examples: ['brigade avatars prune 654 --keep 5'],
  run: async (task) => {
    const { input, output, signal } = task
    const keep = input.integer('keep', { min: 0, max: MAX_KEPT })
    if (keep === undefined) throw new UsageError('expected --keep with the number of earlier avatars that stay')
    const user = await userOf(input)
    const { removed, leftovers } = await (await cropperOf(task)).prune(user, keep, { signal })
    await output.result({ outcome: 'pruned', user, removed, leftovers }, undefined)
    output.note(`took away ${countText(removed.length, 'avatar')} of ${plain(user)}`)
    for (const key of leftovers) output.trouble(`${key} could not be removed: grant s3:DeleteObject; nothing shows it`)
    return leftovers.length === 0 ? EXIT.ok : EXIT.failed
  },
}

export const avatarsForget: Command = {
  name: 'avatars forget',
  summary: 'deletes everything of a user: pictures, originals, pointer',
  details: 'Saves that have begun are refused. One that was broken off is finished by calling it again.',
  arguments: [{ name: '<user>', text: "the user's id" }],
  options: [{ flags: '--yes', text: 'do not ask' }, LAST_WRITER],
  examples: ['brigade avatars forget 654 --yes'],
  run: async (task) => {
    const { input, output, signal } = task
    const user = await userOf(input)
    await confirm(task, `deleting everything of ${JSON.stringify(user)}`)
    await (await cropperOf(task)).forget(user, { signal })
    await output.result({ outcome: 'forgotten', user }, undefined)
    output.note(`nothing of ${plain(user)} is left`)
    return EXIT.ok
  },
}

/** @throws UsageError for what cannot be an id, before anything is asked or done */
async function userOf(input: Input): Promise<string> {
  const user = input.word(0)
  if (isDigest(user)) {
    throw new UsageError(`expected the user's id; ${user} is the digest that stands for it, which no id can be made of`)
  }
  await pointerOf(user)
  return user
}

async function cropperOf({ buckets, input }: Task): ReturnType<typeof openCropper> {
  const pointerWrites = input.isSet('lastWriterWins') ? 'last-writer-wins' : 'compare-and-swap'
  return openCropper(await buckets.existing(), { pointerWrites })
}
