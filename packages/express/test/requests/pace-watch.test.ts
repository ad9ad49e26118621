import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { PaceWatch } from '../../src/requests/pace-watch.js'

const SECOND = 1000

let now = 0
beforeEach(() => {
  now = 0
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  vi.spyOn(performance, 'now').mockImplementation(() => now)
})
afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

/** At least 1000 bytes in each window of 10 s. */
function watch(isWaiting = () => false) {
  const onStall = vi.fn()
  return { onStall, watch: new PaceWatch({ stallSeconds: 10, minBytesPerSecond: 100 }, isWaiting, onStall) }
}

/** Lets a window pass; `meanwhile` is what lies at the socket by its end. */
async function passWindow({ tookSeconds = 10, meanwhile = () => {} } = {}): Promise<void> {
  now += tookSeconds * SECOND
  vi.advanceTimersByTime(10 * SECOND)
  meanwhile()
  await new Promise((resolve) => setImmediate(resolve))
}

describe('PaceWatch', () => {
  it('tells once of a client that sends less than it must', async () => {
    const { watch: pace, onStall } = watch()
    pace.saw(1000)
    await passWindow()
    pace.saw(999)
    expect(onStall).not.toHaveBeenCalled()
    await passWindow()
    await passWindow()
    expect(onStall).toHaveBeenCalledOnce()
  })

  it('counts what came in time and is not read yet', async () => {
    const { watch: pace, onStall } = watch()
    await passWindow({ meanwhile: () => pace.saw(1000) })
    expect(onStall).not.toHaveBeenCalled()
    await passWindow()
    expect(onStall).toHaveBeenCalledOnce()
  })

  it('does not blame a client while this side reads nothing, nor in the window after', async () => {
    let waiting = true
    const { onStall } = watch(() => waiting)
    await passWindow()
    await passWindow()
    waiting = false
    await passWindow()
    expect(onStall).not.toHaveBeenCalled()
    await passWindow()
    expect(onStall).toHaveBeenCalledOnce()
  })

  it('does not blame a client for a process, or a machine, that stood still', async () => {
    const { onStall } = watch()
    await passWindow({ tookSeconds: 25 })
    expect(onStall).not.toHaveBeenCalled()
    await passWindow()
    expect(onStall).toHaveBeenCalledOnce()
  })

  it('says nothing any more once it is stopped, at the end of a window too', async () => {
    const { watch: pace, onStall } = watch()
    await passWindow({ meanwhile: () => pace.stop() })
    await passWindow()
    expect(onStall).not.toHaveBeenCalled()
  })
})
