import sharp from 'sharp'
import { expect, it } from 'vitest'
import { Budget } from '../../src/limits.js'
import { withOneThread } from '../../src/render/one-thread.js'
import { explainTimeout } from '../../src/render/timeout.js'

it("says in our words that sharp's clock stopped a pipeline", async () => {
  const create = { width: 3000, height: 3000, channels: 3, background: 'teal' } as const
  // Many seconds for the fastest thread; a machine with a hundred of them would be done in time.
  const endless = withOneThread(() => sharp({ create }).blur(200).timeout({ seconds: 1 }).toBuffer())
  await expect(explainTimeout(endless, new Budget({ timeoutInSeconds: 1 }))).rejects.toMatchObject({
    code: 'image-timeout',
    message: expect.stringContaining('expected the picture to be processed within 1 s'),
    cause: expect.objectContaining({ message: expect.stringMatching(/^timeout: /) }),
  })
})

it('leaves other errors as they are', async () => {
  const error = new Error('something else')
  await expect(explainTimeout(Promise.reject(error), new Budget())).rejects.toBe(error)
})
