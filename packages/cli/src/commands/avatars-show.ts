import { noAvatars, pointerOf, readPointer } from '../avatars/pointer-file.js'
import type { Command } from '../command.js'
import { EXIT } from '../exit-code.js'
import { plain } from '../output/plain.js'
import { bytesText, timeText } from '../output/quantities.js'

export const avatarsShow: Command = {
  name: 'avatars show',
  summary: 'shows the avatars of a user, the current one first',
  arguments: [{ name: '<user>', text: "the user's id, or what avatars list calls it" }],
  options: [],
  examples: ['brigade avatars show 654'],
  run: async ({ input, buckets, output, signal }) => {
    const user = input.word(0)
    const { store } = await buckets.existing()
    const key = await pointerOf(user)
    const pointer = await readPointer(store, key, signal)
    if (!pointer) throw noAvatars(key)
    for (const [index, { id, savedAt, pictures }] of pointer.avatars.entries()) {
      const isCurrent = index === 0 && pointer.hasCurrent
      const lines = pictures.map(({ key: picture, edge, bytes }) => {
        return `  ${String(edge).padStart(4)} px  ${bytesText(bytes).padStart(7)}  ${plain(picture)}`
      })
      const head = `${plain(id)}  saved ${timeText(new Date(savedAt))}${isCurrent ? '  current' : ''}`
      await output.result(
        { id, savedAt, current: isCurrent, pictures },
        [output.shade(head, 'bold'), ...lines].join('\n'),
      )
    }
    return EXIT.ok
  },
}
