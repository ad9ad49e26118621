import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { DirectUploadError, type UploadWait } from '../../src/index.js'
import { type Outcome, retrying } from '../../src/upload-direct/patience.js'
import { settle } from '../../src/upload-direct/upload-options.js'

const busy = (retryAfter?: string): Outcome<string> => ({
  failed: new DirectUploadError('store-unavailable', 'busy', { status: 503 }),
  retryAfter,
})
const lost: Outcome<string> = { failed: new DirectUploadError('unreachable', 'no answer') }
const never = new AbortController().signal

/** Runs it by a clock of its own. Tells how long each wait was, in seconds. */
async function waitsOf(outcomes: Outcome<string>[], options: Parameters<typeof settle>[0], signal = never) {
  const at: number[] = []
  const ended = retrying(settle(options), signal, async () => {
    at.push(Date.now())
    return outcomes.shift() ?? { done: 'arrived' }
  }).then(
    (done) => done,
    (error: unknown) => error,
  )
  await vi.runAllTimersAsync()
  return { result: await ended, waits: at.slice(1).map((time, index) => (time - (at[index] ?? 0)) / 1000) }
}

beforeEach(() => {
  vi.useFakeTimers()
})

afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
  vi.unstubAllGlobals()
})

const endpoint = '/uploads'

describe('waits between attempts', () => {
  it('are told, why and for how long, and when they are over', async () => {
    const told: unknown[] = []
    const onWait = (wait: UploadWait | undefined) => void told.push(wait)
    await waitsOf([busy('3'), lost], { endpoint, onWait })
    expect(told).toEqual([
      { code: 'store-unavailable', seconds: 3 },
      undefined,
      { code: 'unreachable', seconds: expect.any(Number) },
      undefined,
    ])
  })

  it('double, up to a limit, less up to a half by chance', async () => {
    const failures = Array.from({ length: 9 }, () => busy())
    vi.spyOn(Math, 'random').mockReturnValue(1)
    const most = await waitsOf([...failures], { endpoint, maxAttempts: 10 })
    expect(most).toEqual({ result: 'arrived', waits: [0.5, 1, 2, 4, 8, 16, 30, 30, 30] })
    vi.spyOn(Math, 'random').mockReturnValue(0)
    const least = await waitsOf([...failures], { endpoint, maxAttempts: 10 })
    expect(least.waits).toEqual(most.waits.map((seconds) => seconds / 2))
  })

  it('end with the last failure', async () => {
    const { result, waits } = await waitsOf([busy(), busy(), busy()], { endpoint, maxAttempts: 3 })
    expect(result).toMatchObject({ code: 'store-unavailable' })
    expect(waits).toHaveLength(2)
  })

  it('are as long as Retry-After says, in seconds or as a date, but not for ever', async () => {
    const date = new Date(Date.now() + 20_000 + 90_000).toUTCString()
    const { result, waits } = await waitsOf([busy('20'), busy(date), busy('601')], { endpoint })
    expect(waits[0]).toBe(20)
    expect(waits[1]).toBeGreaterThan(88)
    expect(waits[1]).toBeLessThanOrEqual(90)
    expect(waits).toHaveLength(2)
    expect(result).toMatchObject({ code: 'store-unavailable' })
  })
})

describe('offline', () => {
  const page = Object.assign(new EventTarget(), { onLine: false })

  beforeEach(() => {
    page.onLine = false
    vi.stubGlobal('navigator', page)
    vi.stubGlobal('addEventListener', page.addEventListener.bind(page))
    vi.stubGlobal('removeEventListener', page.removeEventListener.bind(page))
  })

  it('no attempt counts, and the network is used as soon as it is back', async () => {
    setTimeout(() => {
      page.onLine = true
      page.dispatchEvent(new Event('online'))
    }, 100_000)
    const { result, waits } = await waitsOf([lost, lost, lost, lost], { endpoint, maxAttempts: 1 })
    expect(result).toBe('arrived')
    expect(waits).toEqual([30, 30, 30, 10])
  })

  it('is waited for as long as the option says, and no longer', async () => {
    const always = Array.from({ length: 50 }, () => lost)
    const { result, waits } = await waitsOf(always, { endpoint, maxWaitSeconds: 100 })
    expect(result).toMatchObject({ code: 'offline' })
    expect(waits).toEqual([30, 30, 30, 10])
  })

  it('a browser that is wrong about it is found out', async () => {
    expect(await waitsOf([lost], { endpoint })).toEqual({ result: 'arrived', waits: [30] })
  })

  it('an answer of the server counts all the same', async () => {
    const { result } = await waitsOf([busy(), busy()], { endpoint, maxAttempts: 2 })
    expect(result).toMatchObject({ code: 'store-unavailable' })
  })

  it('ends with an abort', async () => {
    const controller = new AbortController()
    const reason = new Error('enough')
    setTimeout(() => controller.abort(reason), 5000)
    const { result, waits } = await waitsOf([lost, lost], { endpoint }, controller.signal)
    expect(result).toBe(reason)
    expect(waits).toEqual([])
    expect(vi.getTimerCount()).toBe(0)
  })
})
