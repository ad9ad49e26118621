import { expect, it } from 'vitest'
import { Budget } from '../../src/limits.js'
import { explainTimeout } from '../../src/render/timeout.js'
import { noise, open } from '../pictures.js'

it("says in our words that sharp's clock stopped a pipeline", async () => {
  const endless = open(noise(3000, 3000)).blur(200).timeout({ seconds: 1 }).toBuffer()
  await expect(explainTimeout(endless, new Budget({ timeoutInSeconds: 1 }))).rejects.toMatchObject({
    code: 'image-timeout',
    message: expect.stringContaining('expected the picture to be processed within 1 s'),
    cause: expect.objectContaining({ message: expect.stringMatching(/^timeout: /) }),
  })
}, 60_000)

it('leaves other errors as they are', async () => {
  const error = new Error('something else')
  await expect(explainTimeout(Promise.reject(error), new Budget())).rejects.toBe(error)
})
