import { POINTERS, PointerFault, type PointerFile, readPointer, segmentOf } from '../avatars/pointer-file.js'
import type { Command, Task } from '../command.js'
import { EXIT } from '../exit-code.js'
import { mapInOrder } from '../objects/work-through.js'
import { countText, timeText } from '../output/quantities.js'

const POINTERS_AT_ONCE = 16
/** Of a digest. */
const USER_WIDTH = 33

export const avatarsList: Command = {
  name: 'avatars list',
  summary: 'lists everybody who has avatars',
  details:
    'With the time (UTC) of the current one. Ids that are no plain names stand as "~" and a digest, as in the keys.',
  arguments: [{ name: '[bucket-url]', text: 'the bucket (default: BUCKET_URL)' }],
  options: [],
  examples: ['brigade avatars list', "brigade avatars list --json | jq -r 'select(.avatars > 20) | .user'"],
  run: async (task) => {
    const { input, buckets, output, signal } = task
    const { store } = await buckets.existing(input.words[0])
    let users = 0
    for await (const { segment, found } of mapInOrder(segmentsOf(task, store), POINTERS_AT_ONCE, async (segment) => ({
      segment,
      found: await readOrFault(store, segment, signal),
    }))) {
      if (found === undefined) continue
      users += 1
      await printUser(task, segment, found)
    }
    output.note(countText(users, 'user'))
    return EXIT.ok
  },
}

async function* segmentsOf({ signal }: Task, store: Parameters<typeof readPointer>[0]): AsyncGenerator<string> {
  for await (const { key } of store.list(POINTERS, { signal })) {
    const segment = segmentOf(key)
    if (segment !== undefined) yield segment
  }
}

async function readOrFault(
  store: Parameters<typeof readPointer>[0],
  segment: string,
  signal: AbortSignal,
): Promise<PointerFile | PointerFault | undefined> {
  try {
    return await readPointer(store, `${POINTERS}${segment}/avatar.json`, signal)
  } catch (error) {
    if (error instanceof PointerFault) return error
    throw error
  }
}

async function printUser({ output }: Task, user: string, found: PointerFile | PointerFault): Promise<void> {
  if (found instanceof PointerFault) {
    await output.result(
      { user, outcome: 'pointer-corrupt', message: found.message },
      `${user.padEnd(USER_WIDTH)}  corrupt: ${found.message}`,
    )
    return
  }
  const { avatars, hasCurrent, revision } = found
  const current = hasCurrent ? avatars[0] : undefined
  const value = { user, avatars: avatars.length, current: current?.id ?? null, savedAt: current?.savedAt, revision }
  const shown = current ? `saved ${timeText(new Date(current.savedAt))}` : 'none is shown'
  await output.result(value, `${user.padEnd(USER_WIDTH)}  ${countText(avatars.length, 'avatar').padEnd(10)}  ${shown}`)
}
