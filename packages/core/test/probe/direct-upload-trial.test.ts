import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { DirectUploadTrial } from '../../src/probe/direct-upload-trial.js'
import { BucketStore } from '../../src/store/bucket-store.js'
import { type Habits, imitation } from '../drivers/s3/imitation-service.js'
import { type Answer, startScriptedService } from '../drivers/s3/scripted-service.js'

async function trialOn(answer: Answer): Promise<DirectUploadTrial> {
  const service = await startScriptedService(answer)
  onTestFinished(() => service.stop())
  const store = new (class extends BucketStore {
    readonly bucket = 'pictures'
  })(service.driver())
  return new DirectUploadTrial(store)
}

/** Times that pass when the test says so; `passBut` leaves the last ones that began. */
function times(): { readonly passBut: (last: number) => void } {
  const limits: AbortController[] = []
  const begun = vi.spyOn(AbortSignal, 'timeout').mockImplementation(() => {
    const limit = new AbortController()
    limits.push(limit)
    return limit.signal
  })
  onTestFinished(() => begun.mockRestore())
  const pass = (limit: AbortController): void => limit.abort(new DOMException('time is up', 'TimeoutError'))
  return { passBut: (last) => limits.slice(0, limits.length - last).forEach(pass) }
}

describe('a trial of direct uploads', () => {
  it.each<[string, Habits, unknown]>([
    ['takes forms', {}, { method: 'POST', formEtag: 'sent' }],
    ['takes none', { forms: 'refused' }, { method: 'PUT', formEtag: undefined }],
  ])('at a service that %s finds the way, once', async (_what, habits, way) => {
    let asked = 0
    const answer = imitation(habits)
    const trial = await trialOn((response, request) => {
      asked += 1
      answer(response, request)
    })
    expect(await trial.way()).toEqual(way)
    const before = asked
    expect(await trial.way()).toEqual(way)
    expect(asked).toBe(before)
  })

  it('is patient with a service that is slow, and answers', async () => {
    const { passBut } = times()
    const answer = imitation({ forms: 'refused' })
    const trial = await trialOn((response, request) => {
      // The one that ends this very request.
      passBut(1)
      answer(response, request)
    })
    expect(await trial.way()).toMatchObject({ method: 'PUT' })
  })

  it('ends at the first request that meets silence, as somebody is waiting', async () => {
    const { passBut } = times()
    let asked = 0
    const trial = await trialOn((_response, { method }) => {
      asked += method === 'DELETE' ? 0 : 1
      passBut(0)
    })
    expect(await trial.way()).toBeUndefined()
    expect(asked).toBe(1)
  })
})
