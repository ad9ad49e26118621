import { channel } from 'node:diagnostics_channel'
import { MemoryDriver } from '@bucket-brigade/core/memory'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { AVATAR_CHANNEL, type AvatarEvent } from '../src/index.js'
import { cropped, openCropper } from './avatars.js'
import { around, lostReply } from './faults.js'
import { quarters } from './pictures.js'

const events: AvatarEvent[] = []
const listen = (event: unknown) => events.push(event as AvatarEvent)
beforeEach(() => {
  events.length = 0
  channel(AVATAR_CHANNEL).subscribe(listen)
})
afterEach(() => {
  channel(AVATAR_CHANNEL).unsubscribe(listen)
})

function outcomes(): string[] {
  return events.map(({ step, outcome }) => `${step} ${outcome}`)
}

describe('the channel of finished steps', () => {
  it('tells each step with its time', async () => {
    const cropper = await openCropper()
    const avatar = await cropper.save(await cropped(cropper, 'leo', await quarters()))
    await cropper.list('leo')
    await cropper.remove('leo', avatar.id)
    expect(outcomes()).toEqual(['upload ok', 'crop ok', 'save ok', 'list ok', 'remove ok'])
    for (const event of events) {
      expect(event).toEqual({
        step: event.step,
        bucket: 'avatars-smashing',
        milliseconds: expect.any(Number),
        outcome: 'ok',
        reason: undefined,
      })
    }
  })

  it('tells how a step failed, and nothing of the person', async () => {
    const cropper = await openCropper(new MemoryDriver(), { beforeAccept: () => ({ refuse: 'nudity' }) })
    await expect(cropper.upload('leo-of-elm-street', await quarters())).rejects.toThrow()
    await expect(cropper.upload('leo-of-elm-street', Buffer.from('no picture'))).rejects.toThrow()
    await expect(cropper.select('leo-of-elm-street', 'x')).rejects.toThrow()
    const aborted = { signal: AbortSignal.abort() }
    await expect(cropper.list('leo-of-elm-street', aborted)).rejects.toThrow()
    expect(outcomes()).toEqual(['upload refused', 'upload image-unsupported', 'select not-found', 'list aborted'])
    expect(events[0]?.reason).toBe('nudity')
    expect(JSON.stringify(events)).not.toContain('elm-street')
  })

  it('tells the causes of the bucket in its words', async () => {
    const driver = around(new MemoryDriver(), { get: async () => Promise.reject(lostReply()) })
    await expect((await openCropper(driver, { pointerWrites: 'last-writer-wins' })).list('leo')).rejects.toThrow()
    expect(outcomes()).toEqual(['list outcome-unknown'])
  })
})
