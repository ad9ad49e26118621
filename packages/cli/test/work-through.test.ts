import { setImmediate as turn } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { mapInOrder } from '../src/objects/work-through.js'

it('tells of a failure when it is its turn, whatever takes longer before it', async () => {
  const results = mapInOrder([1, 2, 3], 3, async (item) => {
    if (item === 2) throw new Error('the second one failed')
    // Meanwhile Node sees that nobody has listened to the second one, and vitest would say so.
    for (let turns = 0; turns < 5; turns += 1) await turn()
    return item
  })
  expect(await results.next()).toEqual({ done: false, value: 1 })
  await expect(results.next()).rejects.toThrow('the second one failed')
})
